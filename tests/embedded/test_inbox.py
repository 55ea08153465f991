"""The web inbox: what it shows, and what a mail in it cannot do."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from portal.embedded.inbox import CODES, InboxServer
from portal.embedded.inbox_pages import linked
from portal.embedded.letters import store
from portal.embedded.ports import any_free
from portal.embedded.totp import seconds_left, totp_code

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RFC_SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B: the ASCII of 12345678901234567890
MAIL = """\
From: Daypass <no-reply@localhost>
To: carol@acme.example
Subject: =?utf-8?q?<script>alert(1)</script>?=
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Open http://localhost:8000/pickup/open/abc/. <b>bold</b>
--b
Content-Type: text/html; charset=utf-8

<p>Open <a href="http://localhost:8000/pickup/open/abc/">it</a>"></iframe><script>alert(2)</script></p>
--b--
"""


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[httpx.Client]:
    home, port = tmp_path / "mail", any_free()
    (home / "spool").mkdir(parents=True)
    server = InboxServer(home=home, port=port, site="http://localhost:8000")
    server.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield client
    server.stop()


@pytest.fixture
def spool(tmp_path: Path, inbox: httpx.Client) -> Path:
    assert inbox.get("/").status_code == 200
    return tmp_path / "mail" / "spool"


def put(spool: Path, mail: str = MAIL) -> str:
    return store(spool, mail.encode(), now=NOON).stem


def test_an_empty_inbox_says_what_will_appear_here(inbox: httpx.Client) -> None:
    assert "No mail yet" in inbox.get("/").text


def test_the_list_shows_subject_address_and_time_escaped(inbox: httpx.Client, spool: Path) -> None:
    name = put(spool)
    page = inbox.get("/").text
    assert f'href="/mail/{name}"' in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "2026-03-01 12:00:00 UTC" in page
    assert "<script" not in page


def test_a_mail_shows_its_text_with_links_and_its_html_behind_bars(inbox: httpx.Client, spool: Path) -> None:
    page = inbox.get(f"/mail/{put(spool)}").text
    assert '<a href="http://localhost:8000/pickup/open/abc/" target="_blank" rel="noopener">' in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="' in page
    assert "<script" not in page
    assert page.count("</iframe>") == 1


@pytest.mark.parametrize("path", ["/", "/codes", "/api/messages", "/mail/none"])
def test_no_answer_lets_anything_run_be_framed_or_be_kept(inbox: httpx.Client, path: str) -> None:
    headers = inbox.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "script" not in policy
    assert "frame-ancestors 'none'" in policy
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")


def test_the_api_lists_what_tests_need_and_filters_by_address(inbox: httpx.Client, spool: Path) -> None:
    put(spool)
    put(spool, MAIL.replace("carol@", "dave@"))
    (found,) = inbox.get("/api/messages", params={"to": "Carol@acme.example"}).json()
    assert {"to", "subject", "text", "html", "received", "path"} <= found.keys()
    assert found["to"] == ["carol@acme.example"]
    assert len(inbox.get("/api/messages").json()) == 2


@pytest.mark.parametrize("name", ["none", "..%2f..%2fcodes", "../../codes.json", "*", ""])
def test_a_name_that_is_no_mail_is_not_found(inbox: httpx.Client, spool: Path, name: str) -> None:
    put(spool)
    assert inbox.get(f"/mail/{name}").status_code == 404


def test_head_has_no_body_and_post_is_refused(inbox: httpx.Client) -> None:
    assert inbox.head("/").content == b""
    assert inbox.post("/").status_code == 501


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8025", ""])
def test_under_a_foreign_name_it_answers_nothing(inbox: httpx.Client, spool: Path, host: str) -> None:
    put(spool)
    answer = inbox.get("/api/messages", headers={"Host": host})
    assert answer.status_code == 421
    assert "carol" not in answer.text


def test_the_codes_page_shows_what_the_app_shows_and_until_when(inbox: httpx.Client, tmp_path: Path) -> None:
    people = [{"who": "Bob <Bell>", "email": "bob@daypass.example", "totp_seed": RFC_SEED}]
    (tmp_path / CODES).write_text(json.dumps({"codes": people}))
    before = totp_code(RFC_SEED, now=datetime.now(UTC))
    page = inbox.get("/codes").text
    after = totp_code(RFC_SEED, now=datetime.now(UTC))
    assert "Bob &lt;Bell&gt;" in page
    assert before in page or after in page


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert totp_code(RFC_SEED, now=datetime.fromtimestamp(seconds, UTC)) == code


def test_a_code_lasts_to_the_end_of_its_half_minute() -> None:
    assert [seconds_left(now=NOON.replace(second=second)) for second in (0, 29, 30, 59)] == [30, 1, 30, 1]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see http://a.example/b.", ["http://a.example/b"]),
        ("(https://a.example/?q=1&r=2)", ["https://a.example/?q=1&amp;r=2"]),
        ('http://a.example/"onclick="x', ["http://a.example/"]),
        ("javascript:alert(1)", []),
    ],
)
def test_only_web_addresses_become_links_without_the_full_stop(text: str, links: list[str]) -> None:
    made = linked(text)
    assert [part.split('"')[0] for part in made.split('href="')[1:]] == links
    assert '"onclick' not in made
