"""What the demo's terminal shows of the logs."""

import json
from pathlib import Path

import pytest

from portal.embedded.console import Follower, fitted, short_line


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ({"event": "request_finished", "request": "GET /requests/", "code": 200, "ip": "::1"}, "GET /requests/ 200"),
        ({"event": "request_finished", "request": "GET /static/a.css", "code": 200}, ""),
        ({"event": "grant.issued", "level": "info", "grant": "ABC", "request_id": "x"}, "grant.issued grant=ABC"),
        ({"event": "mail_refused", "level": "warning", "code": 451}, "WARNING: mail_refused"),
    ],
)
def test_an_event_is_a_few_words(event: dict[str, object], line: str) -> None:
    assert short_line(json.dumps(event)) == line


def test_banners_stay_in_the_file() -> None:
    assert short_line(" -------------- issue@daypass v5.7.0 (collider)") == ""


def test_only_whole_new_lines_are_told_each_once(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text('{"event": "old"}\n')
    follower = Follower(tmp_path, ("web", "issue"))
    with log.open("a") as file:
        file.write('{"event": "new"}\n{"event": "ha')
    assert follower.new_lines() == ["web      new"]
    with log.open("a") as file:
        file.write('lf"}\n')
    assert follower.new_lines() == ["web      half"]
    assert follower.new_lines() == []


def test_a_long_line_is_cut_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert fitted("x" * 30) == "x" * 19 + "…"
