"""How people come in through the pages, see where they are signed in, and change each other's accounts."""

import re
from html import unescape
from http import HTTPStatus
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grants.flows.vendors import open_vendor
from grants.models import AuditEvent, Invitation, OutboxMail, SignIn, User
from grants.models.person import APPROVERS, TEMPLATE_ADMINS
from grants.templatetags import daypass
from portal.sessions import row_key
from tests.factories import World, make_staff, make_world
from tests.web.signing_in import code_in_mail, enrol_totp, sign_in_contractor, sign_in_staff, totp_code

pytestmark = pytest.mark.django_db

REQUEST = "/accounts/login/code/"
DAN = "dan@acme.example"


@pytest.fixture
def world() -> World:
    world = make_world()
    world.vendor.sponsors.add(world.alice)
    return world


def staff(user: User) -> Client:
    client = Client()
    sign_in_staff(client, user, enrol_totp(user))
    return client


def invite(client: Client, world: World, **changes: str) -> str:
    answer = {"vendor": str(world.vendor.pk), "email": DAN, "full_name": "Dan", **changes}
    return unescape(client.post("/people/invite/", answer, follow=True).content.decode())


def test_a_sponsor_invites_and_the_invited_signs_in_with_the_first_code(client: Client, world: World) -> None:
    assert f"{DAN} is invited" in invite(staff(world.alice), world)
    client.post(REQUEST, {"email": "Dan@Acme.example"})
    client.post(f"{REQUEST}confirm/", {"code": code_in_mail()})
    assert client.session["_auth_user_id"] == str(User.objects.get(email=DAN).pk)
    assert client.get("/requests/new/").status_code == HTTPStatus.OK


def test_a_sponsor_cannot_invite_for_another_vendor(world: World) -> None:
    page = invite(staff(world.alice), world, vendor=str(world.mallory.vendor_id))
    assert "Select a valid choice" in page
    assert not Invitation.objects.exists()


def test_an_address_that_is_taken_is_refused_at_its_field_and_what_was_typed_stays(world: World) -> None:
    page = invite(staff(world.alice), world, email="carol+2@acme-robotics.example")
    assert "This mailbox has an account already." in page
    assert "carol+2@acme-robotics.example" in page


def test_who_comes_by_domain_is_told_to_wait_and_asks_once_let_in(client: Client, world: World) -> None:
    world.vendor.domains = ["acme.example"]
    world.vendor.save()
    open_vendor(slug=world.vendor.slug, is_open=True, now=timezone.now())
    sign_in_contractor(client, User(email=DAN))
    assert b"has to let you in" in client.get("/").content
    assert client.get("/requests/new/").status_code == HTTPStatus.FORBIDDEN
    sponsor, dan = staff(world.alice), User.objects.get(email=DAN)
    assert DAN in sponsor.get("/people/").content.decode()
    sponsor.post(f"/people/{dan.pk}/admit/")
    assert client.get("/requests/new/").status_code == HTTPStatus.OK


def test_an_address_nobody_has_proved_is_shown_to_no_sponsor(client: Client, world: World) -> None:
    world.vendor.domains = ["acme.example"]
    world.vendor.save()
    open_vendor(slug=world.vendor.slug, is_open=True, now=timezone.now())
    client.post(REQUEST, {"email": DAN})
    assert User.objects.filter(email=DAN).exists()
    assert DAN not in staff(world.alice).get("/people/").content.decode()


def test_a_stranger_costs_the_work_of_somebody_known_and_leaves_nothing(client: Client, world: World) -> None:
    with CaptureQueriesContext(connection) as known:
        client.post(REQUEST, {"email": world.carol.email})
    mails, rows = OutboxMail.objects.count(), AuditEvent.objects.count()
    with CaptureQueriesContext(connection) as strange:
        Client().post(REQUEST, {"email": "nobody@nowhere.example"})
    assert (OutboxMail.objects.count(), AuditEvent.objects.count()) == (mails, rows)
    assert len(known) <= len(strange) <= len(known) + 6
    for table in ("grants_outboxmail", "grants_auditevent", "grants_auditpersonal"):
        assert any(f'INSERT INTO "{table}"' in query["sql"] for query in strange)


def test_the_table_of_sessions_holds_no_cookie(client: Client, world: World) -> None:
    sign_in_contractor(client, world.carol)
    key = str(client.session.session_key)
    row = SignIn.objects.get(user=world.carol)
    assert row.session_row == row_key(key) != key


def test_ending_the_other_sessions_keeps_this_one(client: Client, world: World) -> None:
    other = Client()
    for browser in (client, other):
        sign_in_contractor(browser, world.carol)
    stranger = Client()
    sign_in_contractor(stranger, world.mallory)
    assert client.get("/accounts/sessions/").content.count(b"this one") == 1
    client.post("/accounts/sessions/")
    assert other.get("/").status_code == HTTPStatus.FOUND
    assert client.get("/").status_code == stranger.get("/").status_code == HTTPStatus.OK
    assert Session.objects.filter(session_key__in=SignIn.objects.values("session_row")).count() == 2


def test_a_role_goes_through_two_admins_pages(world: World) -> None:
    first, second = staff(world.ada), staff(make_staff("abe", TEMPLATE_ADMINS))
    change = {"kind": "give", "email": world.alice.email, "role": APPROVERS, "reason": "She takes over."}
    first.post("/people/changes/new/", change)
    path = re.findall(r"/people/changes/[0-9a-f-]{36}/", first.get("/people/").content.decode())[0]
    assert b'value="confirm"' not in first.get(path).content
    assert first.post(path, {"do": "confirm"}).status_code == HTTPStatus.FORBIDDEN
    assert second.post(path, {"do": "confirm"}).status_code == HTTPStatus.FOUND
    assert world.alice.groups.get().name == APPROVERS


def test_a_leaver_is_out_at_the_next_click(world: World) -> None:
    first, second, bob = staff(world.ada), staff(make_staff("abe", TEMPLATE_ADMINS)), staff(world.bob)
    first.post("/people/changes/new/", {"kind": "leave", "email": world.bob.email, "reason": "Left."})
    path = re.findall(r"/people/changes/[0-9a-f-]{36}/", second.get("/people/").content.decode())[0]
    second.post(path, {"do": "confirm"})
    assert bob.get("/approvals/").headers["Location"].startswith("/accounts/login/")


@pytest.mark.django_db(transaction=True)
def test_the_link_of_a_new_account_sets_a_password_once_then_asks_for_a_second_factor(client: Client) -> None:
    printed = StringIO()
    call_command("create_staff", "nina@daypass.example", name="Nina", role=APPROVERS, stdout=printed)
    found = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", printed.getvalue())
    assert found
    form = str(client.get(found[1])["Location"])
    client.post(form, {"password1": "nina has a long password", "password2": "nina has a long password"})
    assert not Client().get(found[1]).has_header("Location")  # once
    client.post("/accounts/login/", {"login": "nina@daypass.example", "password": "nina has a long password"})
    assert client.get("/approvals/")["Location"] == "/accounts/2fa/totp/activate/"
    client.get("/accounts/2fa/totp/activate/")
    client.post("/accounts/2fa/totp/activate/", {"code": totp_code(client.session["mfa.totp.secret"])})
    assert client.get("/approvals/").status_code == HTTPStatus.OK


def test_staff_without_a_factor_may_enrol_a_passkey_instead_of_an_app(client: Client, world: World) -> None:
    client.post("/accounts/login/", {"login": world.bob.email, "password": "bob has a long password"})
    assert b"/accounts/2fa/webauthn/add/" in client.get("/accounts/2fa/totp/activate/").content
    options = client.get("/accounts/2fa/webauthn/add/").context["js_data"]["creation_options"]["publicKey"]
    assert options["rp"]["id"] == "localhost"  # the public name, whatever the request was sent to
    assert options["authenticatorSelection"]["userVerification"] == "required"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0",
         "Edge on Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15",
         "Safari on macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 CriOS/142.0 Mobile Safari/604.1",
         "Chrome on iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_session_names_its_browser_as_people_do(agent: str, words: str) -> None:
    assert daypass.browser(agent) == words
