"""The recipient's pages: GET spends nothing, a POST with the code shows the credentials once."""

import re
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from grants.flows.revoke import revoke_grant
from grants.lifecycle import State
from grants.models import AuditEvent, PickupLink, Vendor
from tests.factories import SECRET, SESSION, Issued, make_issued, make_world
from tests.gateways.canned_aws import CannedAws, serve_canned
from tests.web.pages import read

pytestmark = pytest.mark.django_db

ENDPOINT = "http://127.0.0.1:4566"


@pytest.fixture
def issued() -> Issued:
    return make_issued(make_world())


def open_link(client: Client, issued: Issued) -> str:
    """Follow the mailed link as far as the page; the answer is the page's path."""
    response = client.get(f"/pickup/open/{issued.token}/")
    assert response.status_code == HTTPStatus.FOUND
    return str(response.headers["Location"])


def test_the_token_moves_from_the_address_to_a_cookie_of_this_link(client: Client, issued: Issued) -> None:
    path = open_link(client, issued)
    cookie = client.cookies[f"__Host-pickup-{issued.link.pk.hex}"]
    assert path == f"/pickup/{issued.link.pk}/"
    assert issued.token not in path
    assert (cookie["path"], cookie["max-age"], cookie["samesite"]) == ("/", 900, "Lax")
    assert cookie["secure"]
    assert cookie["httponly"]
    assert not cookie["domain"]


def test_the_page_says_who_gives_until_when_and_not_where(client: Client, issued: Issued) -> None:
    page = read(client.get(open_link(client, issued)))
    assert "Acme Robotics" in page.words
    assert "have your terminal ready" in page.words
    assert "acme-drop" not in page.words
    assert page.soup.select_one("time[data-local]")


def test_opening_by_get_and_head_spends_nothing(client: Client, issued: Issued) -> None:
    for _ in range(5):
        path = open_link(client, issued)
        client.head(f"/pickup/open/{issued.token}/")
        client.get(path)
        client.head(path)
    issued.grant.refresh_from_db()
    issued.link.refresh_from_db()
    assert issued.grant.state == State.ISSUED
    assert (issued.link.used_at, issued.link.tries) == (None, 0)


@override_settings(RECIPIENT_AWS_ENDPOINT_URL=ENDPOINT)
def test_the_right_code_shows_the_credentials_in_every_form(client: Client, issued: Issued) -> None:
    page = read(client.post(open_link(client, issued), {"code": issued.code.lower()}))
    forms = {pre["id"]: pre.get_text().strip() for pre in page.soup.find_all("pre")}
    assert f"export AWS_SECRET_ACCESS_KEY='{SECRET}'" in forms["bash"]
    assert f"export AWS_ENDPOINT_URL='{ENDPOINT}'" in forms["bash"]
    assert f"$Env:AWS_SESSION_TOKEN = '{SESSION}'" in forms["powershell"]
    assert f'set "AWS_SESSION_TOKEN={SESSION}"' in forms["cmd"]
    assert f"[daypass-{issued.grant.reference}]" in forms["profile"]
    assert '"Version": 1' in forms["process"]
    assert forms["aws-session-token"] == SESSION
    assert forms["test-line"] == "aws s3 ls s3://acme-drop/in/"


def test_without_javascript_every_form_of_the_credentials_is_visible(client: Client, issued: Issued) -> None:
    page = read(client.post(open_link(client, issued), {"code": issued.code}))
    panes = page.soup.select("[data-tab]")
    assert len(panes) == 6
    assert not any(pane.has_attr("hidden") for pane in panes)


def test_on_real_aws_no_endpoint_is_shown(client: Client, issued: Issued) -> None:
    page = read(client.post(open_link(client, issued), {"code": issued.code}))
    assert "AWS_ENDPOINT_URL" not in page.words


def test_the_answer_is_kept_by_nobody_and_a_reload_says_that_it_was_shown(client: Client, issued: Issued) -> None:
    path = open_link(client, issued)
    response = client.post(path, {"code": issued.code})
    assert "no-store" in response.headers["Cache-Control"]
    assert "These credentials were shown already" in read(client.get(path), HTTPStatus.GONE).words


def test_a_wrong_code_says_how_many_tries_are_left(client: Client, issued: Issued) -> None:
    path = open_link(client, issued)
    page = read(client.post(path, {"code": "ZZZZ-ZZZZ"}), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert "4 tries are left." in page.error_links["id_code"]
    assert page.title.startswith("Error:")


def test_no_code_is_no_try(client: Client, issued: Issued) -> None:
    page = read(client.post(open_link(client, issued), {"code": " "}), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.error_links == {"id_code": "Type the pickup code."}
    issued.link.refresh_from_db()
    assert issued.link.tries == 0


def test_too_many_wrong_codes_lock_the_link_even_for_the_right_one(client: Client, issued: Issued) -> None:
    path = open_link(client, issued)
    for _ in range(4):
        client.post(path, {"code": "ZZZZZZZZ"})
    assert "This link is locked" in read(client.post(path, {"code": "ZZZZZZZZ"}), HTTPStatus.GONE).words
    assert (
        "This link is locked"
        in read(client.post(open_link(client, issued), {"code": issued.code}), HTTPStatus.GONE).words
    )


def test_a_used_link_says_so_and_offers_the_alarm(client: Client, issued: Issued) -> None:
    client.post(open_link(client, issued), {"code": issued.code})
    page = read(client.get(open_link(client, issued)), HTTPStatus.GONE)
    assert "These credentials were shown already" in page.words
    assert "It was not you?" in page.words
    assert SECRET not in page.words


def test_an_expired_link_says_so(client: Client, issued: Issued) -> None:
    PickupLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "This link has expired" in read(client.get(open_link(client, issued)), HTTPStatus.GONE).words


def test_a_revoked_link_says_so(client: Client, issued: Issued) -> None:
    bob = issued.grant.decisions.get().decider
    revoke_grant(reference=issued.grant.reference, by=bob, reason="Not needed.", now=timezone.now())
    assert "This access was taken back" in read(client.get(open_link(client, issued)), HTTPStatus.GONE).words


def test_whom_it_may_not_go_to_is_told_why_and_uses_nothing_up(client: Client, issued: Issued) -> None:
    path = open_link(client, issued)
    Vendor.objects.filter(pk=issued.grant.vendor_id).update(is_active=False)
    page = read(client.post(path, {"code": issued.code}), HTTPStatus.FORBIDDEN)
    assert "The company it is for is closed" in page.words
    assert "Nothing was used up" in page.words
    Vendor.objects.filter(pk=issued.grant.vendor_id).update(is_active=True)
    read(client.post(path, {"code": issued.code}))


def test_without_the_key_nothing_is_used_up(client: Client, issued: Issued) -> None:
    path = open_link(client, issued)
    with override_settings(SEALING_KEYS={"new": b"n" * 32}):
        page = read(client.post(path, {"code": issued.code}), HTTPStatus.SERVICE_UNAVAILABLE)
    assert "Nothing was used up" in page.words
    read(client.post(path, {"code": issued.code}))


def test_unknown_foreign_and_cookieless_links_get_one_and_the_same_answer(client: Client, issued: Issued) -> None:
    """Whoever guesses learns nothing: neither that a link exists, nor that a cookie belongs to another one."""
    foreign = Client()
    foreign.cookies[f"__Host-pickup-{issued.link.pk.hex}"] = "A" * 43
    answers = [
        client.get(f"/pickup/open/{'A' * 43}/"),
        client.get("/pickup/open/short/"),
        client.get(f"/pickup/{issued.link.pk}/"),
        client.post(f"/pickup/{issued.link.pk}/", {"code": issued.code}),
        client.get(f"/pickup/{uuid4()}/"),
        foreign.post(f"/pickup/{issued.link.pk}/", {"code": issued.code}),
    ]
    assert {answer.status_code for answer in answers} == {HTTPStatus.NOT_FOUND}
    assert len({answer.content for answer in answers}) == 1


def test_two_links_in_two_tabs_reveal_the_right_one_each(client: Client) -> None:
    world = make_world()
    one, two = make_issued(world), make_issued(world)
    first, second = open_link(client, one), open_link(client, two)
    assert two.grant.reference in read(client.post(second, {"code": two.code})).words
    assert one.grant.reference in read(client.post(first, {"code": one.code})).words


def test_no_page_of_the_way_repeats_the_token(client: Client, issued: Issued) -> None:
    opened = client.get(f"/pickup/open/{issued.token}/")
    page = client.get(opened.headers["Location"])
    assert issued.token not in re.sub(r"Set-Cookie: .*", "", str(opened.headers) + page.content.decode())
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_every_refused_reveal_is_on_record(client: Client, issued: Issued) -> None:
    path = open_link(client, issued)
    client.post(path, {"code": issued.code})
    for _ in range(3):
        read(client.post(path, {"code": issued.code}), HTTPStatus.GONE)
    assert AuditEvent.objects.filter(kind="link.refused", subject=issued.grant.reference).count() == 3


# --- the console link ---------------------------------------------------------------------


@pytest.fixture
def sign_in() -> Iterator[CannedAws]:
    with serve_canned() as told, override_settings(CONSOLE_SIGN_IN_ENDPOINT_URL=told.url):
        told.says((200, b'{"SigninToken":"canary-signin-token"}', {}))
        yield told


def test_a_console_link_is_made_when_it_is_wanted(client: Client, issued: Issued, sign_in: CannedAws) -> None:
    page = read(client.post(open_link(client, issued), {"code": issued.code, "console": "on"}))
    (button,) = page.soup.select("[data-secret] a.btn")
    assert str(button["href"]).startswith(f"{sign_in.url}/federation?Action=login&")
    assert "canary-signin-token" in str(button["href"])
    assert "acme-drop" in str(button["href"])
    assert button["rel"] == ["noopener", "noreferrer"]
    assert AuditEvent.objects.filter(kind="console.asked", subject=issued.grant.reference).count() == 1
    assert "canary" not in str(list(AuditEvent.objects.values_list("payload", flat=True)))


def test_nobody_asks_aws_for_a_link_that_nobody_wants(client: Client, issued: Issued, sign_in: CannedAws) -> None:
    page = read(client.post(open_link(client, issued), {"code": issued.code}))
    assert sign_in.asked == []
    assert "AWS console" not in page.words
    assert not AuditEvent.objects.filter(kind="console.asked").exists()


def test_without_a_link_the_credentials_are_shown_all_the_same(
    client: Client, issued: Issued, sign_in: CannedAws
) -> None:
    sign_in.says((400, b"", {}))
    page = read(client.post(open_link(client, issued), {"code": issued.code, "console": "on"}))
    assert "AWS gave no console link for these credentials." in page.words
    assert f"export AWS_SECRET_ACCESS_KEY='{SECRET}'" in page.words
    assert not page.soup.select("[data-secret] a.btn")


def test_a_wrong_code_asks_aws_for_nothing(client: Client, issued: Issued, sign_in: CannedAws) -> None:
    path = open_link(client, issued)
    page = read(client.post(path, {"code": "ZZZZ-ZZZZ", "console": "on"}), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.soup.select_one("input[name=console][checked]")  # what was ticked stays ticked
    assert sign_in.asked == []


def test_the_link_is_made_after_the_reveal_has_been_committed(
    client: Client, issued: Issued, sign_in: CannedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths: list[int] = []

    def ask(**_: object) -> str:
        depths.append(len(connection.savepoint_ids))
        return f"{sign_in.url}/link"

    monkeypatch.setattr("grants.gateways.console.sign_in_url", ask)
    outside = len(connection.savepoint_ids)
    read(client.post(open_link(client, issued), {"code": issued.code, "console": "on"}))
    assert depths == [outside]
