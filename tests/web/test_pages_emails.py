"""Every mail: text first, one link, who and until when, nothing sensitive in the subject, no pictures."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.template.loader import render_to_string

from grants.templatetags.daypass import when

EVENTS = sorted(path.name for path in Path("templates/emails").iterdir() if path.is_dir())
# To those who look after issuers, requests or people, and who expect it.
ON_DUTY = {
    "issuer_trouble",
    "decided_by_other",
    "person_frozen",
    "request_escalated",
    "request_reminder",
    "requests_waiting",
}
SECRETS = {
    "sign_in_code": {"code": "ABCD-2345"},
    "link_ready": {"link": "http://localhost:8000/pickup/open/TOKEN/"},
    "password_reset": {"url": "http://localhost:8000/accounts/password/reset/KEY/"},
    "staff_joined": {"url": "http://localhost:8000/accounts/password/reset/KEY/"},
}


def context_of(event: str) -> dict[str, Any]:
    grant = {
        "reference": "ABCDE12345",
        "vendor": "Smith & Sons",
        "requester": "Carol <carol@smith.example>",
        "sentence": "List and read files under s3://acme-drop/in/ for up to 8 hours.",
        "reason": "It is <enough>.",
        "ends_at": "2026-01-02T15:04:05+00:00",
        "link_expires_at": "2026-01-02T11:04:05+00:00",
        "next_url": "http://localhost:8000/requests/ABCDE12345/",
    }
    account = {"what": "totp_activated", "happened_at": "2026-01-02T15:04:05+00:00", "ip": "203.0.113.9", "agent": "x"}
    person = {"what": "You were let in.", "who": "Alice", "email": "carol@smith.example", "whom": "bob@daypass.example"}
    facts = account if event in {"account_changed", "password_reset", "sign_in_code"} else {**grant, **person}
    return {"public_url": "http://localhost:8000", **facts, **SECRETS.get(event, {})}


def rendered(event: str, part: str) -> str:
    return render_to_string(f"emails/{event}/{part}", context_of(event))


@pytest.mark.parametrize("event", EVENTS)
def test_the_subject_is_one_short_line_without_anything_sensitive(event: str) -> None:
    subject = rendered(event, "subject.txt").strip()
    assert "\n" not in subject
    assert 5 < len(subject) <= 78
    for secret in ("s3://", "acme", "Smith", "ABCD-2345", "TOKEN", "KEY"):
        assert secret not in subject


@pytest.mark.parametrize("event", EVENTS)
def test_text_and_html_carry_the_same_one_link(event: str) -> None:
    text, html = rendered(event, "body.txt"), BeautifulSoup(rendered(event, "body.html"), "html.parser")
    hrefs = [str(link["href"]) for link in html.find_all("a")]
    in_text = [url for url in re.findall(r"https?://\S+", text) if url != "http://localhost:8000"]
    assert hrefs == in_text
    assert len(hrefs) <= 1


@pytest.mark.parametrize("event", [event for event in EVENTS if event not in ON_DUTY])
def test_the_text_is_plain_and_says_what_to_do_if_it_was_not_expected(event: str) -> None:
    text = rendered(event, "body.txt")
    assert not re.search(r"&(?:amp|lt|gt|quot|#x27);|<[a-z/]", text.replace("<carol@", "").replace("<enough>", ""))
    assert re.search(r"[Ii]f (?:you|it) .*(?:not|nothing|no longer)", text)
    assert "\n\n\n" not in text


@pytest.mark.parametrize("event", EVENTS)
def test_the_html_has_no_pictures_no_scripts_no_tracking_and_escapes(event: str) -> None:
    html = BeautifulSoup(rendered(event, "body.html"), "html.parser")
    assert not html.find(["img", "script", "iframe", "link", "form"])
    assert html.find("enough") is None
    assert not html.select("[style]")
    assert [re.findall(r"url\(|@import|https?:", str(style)) for style in html.find_all("style")] == [[]]


@pytest.mark.parametrize("event", [event for event in EVENTS if event != "link_ready"])
def test_only_the_ready_mail_knows_the_pickup_link(event: str) -> None:
    for part in ("subject.txt", "body.txt", "body.html"):
        assert "link }}" not in Path(f"templates/emails/{event}/{part}").read_text()


def test_the_ready_mail_says_who_asked_and_both_ends() -> None:
    text = rendered("link_ready", "body.txt")
    assert "Carol <carol@smith.example>" in text
    assert "Link works until: Fri 2 Jan 2026, 11:04 UTC" in text
    assert "Access ends: Fri 2 Jan 2026, 15:04 UTC" in text
    assert "pickup code" in text


def test_times_are_written_alike_from_text_and_from_datetimes() -> None:
    assert (
        when(datetime(2026, 1, 2, 15, 4, tzinfo=UTC))
        == when("2026-01-02T16:04:00+01:00")
        == "Fri 2 Jan 2026, 15:04 UTC"
    )
    assert when(None) == ""
