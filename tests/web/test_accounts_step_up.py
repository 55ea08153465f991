"""What takes effect needs a fresh second factor; whatever is asked in between, nothing that was typed is lost."""

import json
import re
import time
from http import HTTPStatus
from typing import Final

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from grants.flows.issue.begin import begin_attempt
from grants.models import AuditEvent, Grant
from portal.accounts.kept import KEPT
from portal.accounts.step_up import NEEDS_FRESH_MFA
from tests.factories import World, make_approved, make_request, make_session_world, make_world
from tests.keys_of_approvers import SoftKey
from tests.web.signing_in import (
    code_in_mail,
    enrol_totp,
    let_sessions_end,
    recovery_code,
    sign_in_contractor,
    sign_in_staff,
    totp_code,
)

pytestmark = pytest.mark.django_db

PROVE = "/accounts/2fa/reauthenticate/"
LATER = 301
TYPED: Final = {"hours": "1", "reason": "Deliver the logs.", "key": "0fc7f4a2-6a3d-4b9e-9d43-3f0b6d5f1a10"}

# Every other address of the main job, and why a session is enough for it.
A_SESSION_IS_ENOUGH: Final = {
    **dict.fromkeys(("home", "request_list", "request_new", "request_status", "queue", "card", "active"), "reads"),
    **dict.fromkeys(("audit", "story", "templates", "vendors", "vendor", "rules"), "reads"),
    "terms": "a contractor's",
    **dict.fromkeys(("template", "template_compare", "template_export", "template_meter", "template_new"), "reads"),
    **dict.fromkeys(
        ("template_write", "template_edit", "template_preview", "template_test", "template_discard"),
        "nobody can ask for a draft",
    ),
    **dict.fromkeys(
        ("request_form", "request_check", "request_send", "request_withdraw", "request_extend"), "a contractor's"
    ),
    **dict.fromkeys(("pickup", "pickup_open", "pickup_wait", "hand_back"), "needs no account"),
    **dict.fromkeys(("people", "invite", "uninvite", "admit", "dismiss"), "whoever comes in may ask, and no more"),
    **dict.fromkeys(("issuers", "webhooks", "webhook", "windows", "window"), "reads"),
    "window_new": "approves nothing before it is signed",
    "mfa_code": "takes what the issuer's own MFA device shows",
    **dict.fromkeys(("so_far", "reviews"), "reads"),
    **dict.fromkeys(("deputies", "deputy_end"), "a deputy signs for the group already: being named gives no right"),
    "ask": "changes nothing about the request",
    "answer": "a requester's",
    "deny": "gives nobody anything",
    "notices": "one's own mails, and not the ones that must come",
}


@pytest.fixture
def world() -> World:
    return make_world()


def approve(client: Client, grant: Grant) -> str:
    """Where the approval, sent from the card, leads."""
    path = f"/approvals/{grant.reference}/"
    form = {"snapshot_hash": grant.snapshot_hash}
    return str(client.post(f"{path}approve/", form, headers={"referer": f"http://testserver{path}"})["Location"])


def prove(client: Client, location: str, code: str) -> str:
    """Where showing a code leads; ``location`` is the page that asked for it."""
    way_back = location.partition("?next=")[2].replace("%2F", "/")
    return str(client.post(PROVE, {"code": code, "next": way_back})["Location"])


def send_again(client: Client, page: str) -> int:
    """Press the button of the page that offers the form again."""
    body = client.get(page).content.decode()
    action = re.findall(r'<form method="post" action="([^"]+)"', body)[-1]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body))
    return int(client.post(action, fields).status_code)


def test_every_address_either_needs_a_fresh_factor_or_says_why_a_session_is_enough() -> None:
    names = {name for name in get_resolver("grants.urls").reverse_dict if isinstance(name, str)}
    assert sorted(names) == sorted({*NEEDS_FRESH_MFA, *A_SESSION_IS_ENOUGH})


def test_right_after_sign_in_an_approval_asks_for_nothing_more(client: Client, world: World) -> None:
    grant = make_request(world).grant
    sign_in_staff(client, world.bob, enrol_totp(world.bob))
    assert approve(client, grant) == "/approvals/"
    grant.refresh_from_db()
    assert grant.state == "approved"


def test_the_approvals_audit_row_says_which_factor_and_how_old_it_was(client: Client, world: World) -> None:
    grant = make_request(world).grant
    sign_in_staff(client, world.bob, enrol_totp(world.bob))
    with time_machine.travel(time.time() + 120):
        approve(client, grant)
    facts = json.loads(AuditEvent.objects.get(kind="grant.approved").payload)["facts"]
    assert facts["mfa"] == "totp"
    assert 119 <= facts["mfa_age_seconds"] <= 125


def test_after_five_minutes_an_approval_waits_for_a_code_and_is_then_offered_again(
    client: Client, world: World
) -> None:
    grant, secret = make_request(world).grant, enrol_totp(world.bob)
    sign_in_staff(client, world.bob, secret)
    with time_machine.travel(time.time() + LATER):
        asked = approve(client, grant)
        assert asked.startswith(f"{PROVE}?next=")
        again = prove(client, asked, totp_code(secret))
        assert Grant.objects.get().state == "requested"
        assert send_again(client, again) == HTTPStatus.FOUND
    assert Grant.objects.get().state == "approved"
    assert client.get(again).status_code == HTTPStatus.NOT_FOUND  # once


def test_a_passkeys_signature_is_its_own_proof(client: Client, world: World) -> None:
    grant, key = make_request(world).grant, SoftKey()
    key.trust(world.bob)
    sign_in_staff(client, world.bob, enrol_totp(world.bob))
    path, form = f"/approvals/{grant.reference}/approve/", {"snapshot_hash": grant.snapshot_hash}
    with time_machine.travel(time.time() + LATER):
        refused = client.post(path, {**form, "credential": SoftKey().sign(grant.snapshot_hash)})
        assert (refused.status_code, Grant.objects.get().state) == (HTTPStatus.UNPROCESSABLE_ENTITY, "requested")
        signed = client.post(path, {**form, "credential": key.sign(grant.snapshot_hash)})
    assert (signed["Location"], Grant.objects.get().state) == ("/approvals/", "approved")
    facts = json.loads(AuditEvent.objects.get(kind="grant.approved").payload)["facts"]
    assert (facts["mfa"], facts["mfa_age_seconds"]) == ("webauthn", 0)


def test_who_typed_a_devices_code_is_on_record_with_their_factor_and_the_code_is_kept_nowhere(client: Client) -> None:
    world = make_session_world()
    grant = make_approved(world)
    begin_attempt(grant_id=grant.pk, now=timezone.now())
    sign_in_staff(client, world.bob, enrol_totp(world.bob))
    with time_machine.travel(time.time() + LATER):
        client.post(f"/grants/{grant.reference}/code/", {"code": "123456"})
    facts = json.loads(AuditEvent.objects.get(kind="grant.code_typed").payload)["facts"]
    assert (facts["mfa"], facts["mfa_age_seconds"] >= LATER) == ("totp", True)
    assert KEPT not in client.session
    client.logout()
    sent = client.post(f"/grants/{grant.reference}/code/", {"code": "123456"})
    assert (sent.status_code, KEPT in client.session) == (HTTPStatus.FOUND, False)


@pytest.mark.parametrize("credential", [" ", "\t\n", "{}"])
def test_what_is_no_signature_does_not_pass_for_the_second_factor(
    client: Client, world: World, credential: str
) -> None:
    grant = make_request(world).grant
    sign_in_staff(client, world.bob, enrol_totp(world.bob))
    path, form = f"/approvals/{grant.reference}/approve/", {"snapshot_hash": grant.snapshot_hash}
    with time_machine.travel(time.time() + LATER):
        refused = client.post(path, {**form, "credential": credential})
    assert (refused.status_code, Grant.objects.get().state) == (HTTPStatus.UNPROCESSABLE_ENTITY, "requested")
    assert not AuditEvent.objects.filter(kind="grant.approved").exists()


def test_a_typed_reason_survives_the_question(client: Client, world: World) -> None:
    grant, secret = make_request(world).grant, enrol_totp(world.bob)
    sign_in_staff(client, world.bob, secret)
    approve(client, grant)
    reason = "The work is done.\r\n<b>Thanks</b>"
    with time_machine.travel(time.time() + LATER):
        asked = client.post(f"/grants/{grant.reference}/revoke/", {"reason": reason})["Location"]
        again = prove(client, asked, totp_code(secret))
        assert b"&lt;b&gt;Thanks" in client.get(again).content
        kept = client.get(again).context["kept"]
        assert client.post(kept.path, dict(kept.fields)).status_code == HTTPStatus.FOUND
    grant.refresh_from_db()
    assert grant.revoke_reason == reason


def test_a_recovery_code_is_told_that_it_is_not_enough(client: Client, world: World) -> None:
    grant, secret = make_request(world).grant, enrol_totp(world.bob)
    sign_in_staff(client, world.bob, secret)
    code = recovery_code(world.bob)
    with time_machine.travel(time.time() + LATER):
        again = prove(client, approve(client, grant), code)
        asked = client.get(again, follow=True)
        assert asked.redirect_chain[-1][0].startswith(PROVE)
        assert b"does not count for this" in asked.content
        kept = client.post(f"/approvals/{grant.reference}/approve/", {"snapshot_hash": grant.snapshot_hash})
        assert kept["Location"].startswith(PROVE)
    assert Grant.objects.get().state == "requested"


def test_the_code_that_signed_in_proves_nothing_a_second_time(client: Client, world: World) -> None:
    grant, secret = make_request(world).grant, enrol_totp(world.bob)
    sign_in_staff(client, world.bob, secret)
    used = totp_code(secret)
    with time_machine.travel(time.time() + LATER):
        asked = approve(client, grant)
        assert client.post(PROVE, {"code": used}).status_code == HTTPStatus.OK  # the form again, with its error
    assert asked.startswith(PROVE)


def test_a_kept_form_is_for_nobody_else_in_the_same_browser(client: Client, world: World) -> None:
    grant = make_request(world).grant
    sign_in_staff(client, world.bob, enrol_totp(world.bob))
    with time_machine.travel(time.time() + LATER):
        asked = approve(client, grant)
    client.force_login(world.carol)
    again = asked.partition("?next=")[2].replace("%2F", "/")
    assert client.get(again).status_code == HTTPStatus.NOT_FOUND


def test_the_text_of_an_ended_session_is_there_after_signing_in_again(client: Client, world: World) -> None:
    sign_in_contractor(client, world.carol)
    let_sessions_end()
    asked = client.post("/requests/new/acme-drop/check/", TYPED)["Location"]
    assert asked.startswith("/accounts/login/?next=")
    page = client.get(asked)
    by_code = re.search(r'href="(/accounts/login/code/[^"]*)"', page.content.decode())
    assert by_code
    again = asked.partition("?next=")[2].replace("%2F", "/")
    assert again in by_code[1].replace("%2F", "/")
    client.post(by_code[1], {"email": world.carol.email, "next": again})
    answer = client.post("/accounts/login/code/confirm/", {"code": code_in_mail(), "next": again})
    assert answer["Location"] == again
    assert b"Deliver the logs." in client.get(again).content
    assert send_again(client, again) == HTTPStatus.OK


@pytest.mark.parametrize("stood_on", ["", "check/"])  # the form itself, and the page that checks its answers
def test_whoever_was_signed_out_comes_back_to_the_same_page_with_the_text_in_its_field(
    client: Client, world: World, stood_on: str
) -> None:
    sign_in_contractor(client, world.carol)
    let_sessions_end()
    page = "/requests/new/acme-drop/"
    stood = {"referer": f"http://testserver{page}{stood_on}"}
    asked = client.post(f"{page}check/", TYPED, headers=stood)["Location"]
    sign_in_contractor(client, world.carol)
    again = client.get(asked.partition("?next=")[2].replace("%2F", "/")).content.decode()
    back = re.search(rf'href="({page}\?kept=[^"]+)"', again)
    assert back
    shown = BeautifulSoup(client.get(back[1]).content, "html.parser")
    assert shown.select_one("textarea[name=reason]").get_text().strip() == "Deliver the logs."  # type: ignore[union-attr]  # None fails the test as well
    assert shown.select_one("select[name=hours] option[selected], input[name=hours][checked]")["value"] == "1"  # type: ignore[index]  # None fails the test as well
    assert TYPED["key"] not in str(shown)  # a hidden value is the page's own


def test_what_was_kept_is_filled_in_on_no_other_page(client: Client, world: World) -> None:
    sign_in_contractor(client, world.carol)
    let_sessions_end()
    stood = {"referer": "http://testserver/requests/"}
    asked = client.post("/requests/new/acme-drop/check/", TYPED, headers=stood)["Location"]
    sign_in_contractor(client, world.carol)
    key = asked.partition("?next=")[2].replace("%2F", "/").strip("/").rpartition("/")[2]
    assert b"Deliver the logs." not in client.get(f"/requests/new/acme-drop/?kept={key}").content


def test_what_strangers_send_makes_no_session_and_leads_to_the_page_it_stood_on(client: Client, world: World) -> None:
    del world
    for cookie in ("", "made-up", "a" * 32):
        client.cookies[settings.SESSION_COOKIE_NAME] = cookie
        asked = client.post(
            "/requests/new/acme-drop/check/", TYPED, headers={"referer": "http://testserver/requests/new/acme-drop/"}
        )
        assert asked["Location"] == "/accounts/login/?next=%2Frequests%2Fnew%2Facme-drop%2F"
    assert not Session.objects.exists()


def test_one_ended_session_is_worth_one_new_one_however_often_it_is_shown(client: Client, world: World) -> None:
    sign_in_contractor(client, world.carol)
    let_sessions_end()
    ended = client.cookies[settings.SESSION_COOKIE_NAME].value
    for _ in range(3):
        client.cookies[settings.SESSION_COOKIE_NAME] = ended
        client.post("/requests/new/acme-drop/check/", TYPED)
    assert Session.objects.count() == 1


def test_what_the_pickup_page_takes_is_never_kept(client: Client, world: World) -> None:
    client.post("/pickup/0fc7f4a2-6a3d-4b9e-9d43-3f0b6d5f1a10/", {"code": "ABCD2345"})
    sign_in_contractor(client, world.carol)
    assert "kept_forms" not in client.session


def test_a_sponsor_who_was_signed_out_still_asks_for_the_same_person(client: Client, world: World) -> None:
    world.vendor.sponsors.add(world.alice)
    secret = enrol_totp(world.alice)
    sign_in_staff(client, world.alice, secret)
    let_sessions_end()
    page = f"/requests/new/acme-drop/?for={world.carol.pk}"
    check = page.replace("?", "check/?")
    asked = client.post(check, TYPED, headers={"referer": f"http://testserver{page}"})["Location"]
    with time_machine.travel(time.time() + 60):
        sign_in_staff(client, world.alice, secret)
    again = client.get(asked.partition("?next=")[2].replace("%2F", "/"))
    kept = again.context["kept"]
    assert (kept.path, kept.page) == (check, page)
    assert client.get(f"{page}&kept={again.context['key']}").status_code == HTTPStatus.OK
    assert client.post(kept.path, dict(kept.fields)).context["behalf"] == world.carol


def test_writing_a_draft_asks_for_nothing_and_publishing_does(client: Client, world: World) -> None:
    sign_in_staff(client, world.ada, enrol_totp(world.ada))
    with time_machine.travel(time.time() + LATER):
        assert client.post("/templates/new/bucket/", {"do": "save"}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        for act in ("publish", "retire"):
            assert client.post(f"/templates/acme-drop/{act}/", {"do": "publish"})["Location"].startswith(PROVE)


def test_signing_out_clears_what_the_browser_kept(client: Client, world: World) -> None:
    sign_in_contractor(client, world.carol)
    assert client.post("/accounts/logout/")["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in client.get("/accounts/logout/")
