"""Staff do nothing without a second factor, and a second factor is nothing that can be read or skipped."""

import json
import time
from datetime import datetime, timedelta
from http import HTTPStatus

import pytest
import time_machine
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from grants.models import OutboxMail, User
from portal.accounts.factors import has_fresh_mfa
from tests.factories import World, make_world
from tests.web.pages import read
from tests.web.signing_in import enrol_totp, recovery_code, send_password, sign_in_contractor, sign_in_staff, totp_code

pytestmark = pytest.mark.django_db

ACTIVATE = "/accounts/2fa/totp/activate/"
PROVE = "/accounts/2fa/reauthenticate/"
CODES = "/accounts/2fa/recovery-codes/"
PASSWORD_AGAIN = "/accounts/reauthenticate/"


@pytest.fixture
def world() -> World:
    return make_world()


def is_fresh(client: Client, user: User, at: datetime | None = None) -> bool:
    request = HttpRequest()
    request.session, request.user = client.session, user
    return has_fresh_mfa(request, at or timezone.now())


@pytest.mark.parametrize(
    "path", ["/", "/admin/", "/accounts/2fa/", "/accounts/password/change/", "/accounts/2fa/recovery-codes/"]
)
def test_staff_without_a_second_factor_reach_only_the_enrolment_page(client: Client, world: World, path: str) -> None:
    send_password(client, world.bob)
    assert client.get(path)["Location"] == ACTIVATE
    assert client.post(path)["Location"] == ACTIVATE
    assert client.get(ACTIVATE).status_code == HTTPStatus.OK


def enrol_in_browser(client: Client, user: User) -> str:
    """Where it leads."""
    send_password(client, user)
    client.get(ACTIVATE)
    answer = client.post(ACTIVATE, {"code": totp_code(client.session["mfa.totp.secret"])})
    return str(answer["Location"])


@pytest.mark.django_db(transaction=True)
def test_enrolling_lets_staff_in_and_shows_recovery_codes_once(client: Client) -> None:
    bob = make_world().bob
    assert enrol_in_browser(client, bob) == CODES
    code = recovery_code(bob).encode()
    assert code in client.get(CODES).content
    assert code not in client.get(CODES).content
    assert client.get("/accounts/2fa/").status_code == HTTPStatus.OK
    assert is_fresh(client, bob)


@pytest.mark.django_db(transaction=True)
def test_a_notice_of_the_enrolment_is_queued(client: Client) -> None:
    bob = make_world().bob
    enrol_in_browser(client, bob)
    mail = OutboxMail.objects.get(event="account_changed")
    assert mail.to_address == bob.email
    assert mail.context["what"] == "totp_activated"


def test_enrolment_long_after_sign_in_asks_for_the_password_again(client: Client, world: World) -> None:
    send_password(client, world.bob)
    with time_machine.travel(time.time() + 600):
        assert client.get(ACTIVATE)["Location"].startswith(PASSWORD_AGAIN)


def test_a_session_opened_with_the_password_alone_is_not_let_in_by_the_owners_enrolment(
    client: Client, world: World
) -> None:
    send_password(client, world.bob)
    enrol_totp(world.bob)
    for path in ("/admin/", ACTIVATE, "/accounts/2fa/", "/accounts/2fa/totp/deactivate/", PASSWORD_AGAIN):
        assert client.get(path)["Location"].startswith(PROVE)
    answer = client.post(PASSWORD_AGAIN, {"password": "bob has a long password"})
    assert answer["Location"].startswith(PROVE)


def test_the_seeds_of_both_factors_rest_sealed(world: World) -> None:
    secret, code = enrol_totp(world.bob), recovery_code(world.bob)
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert code not in stored
    totp = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert totp.wrap().validate_code(totp_code(secret))


def test_step_up_is_fresh_for_five_minutes_after_the_authenticator_was_used(client: Client, world: World) -> None:
    sign_in_staff(client, world.bob, enrol_totp(world.bob))
    assert is_fresh(client, world.bob)
    assert is_fresh(client, world.bob, timezone.now() + timedelta(minutes=4, seconds=50))
    assert not is_fresh(client, world.bob, timezone.now() + timedelta(minutes=5, seconds=1))
    assert not is_fresh(client, world.bea)  # records belong to one account


def test_a_recovery_code_signs_in_but_is_no_step_up(client: Client, world: World) -> None:
    enrol_totp(world.bob)
    send_password(client, world.bob)
    client.post("/accounts/2fa/authenticate/", {"code": recovery_code(world.bob)})
    assert client.get("/accounts/2fa/").status_code == HTTPStatus.OK
    assert not is_fresh(client, world.bob)


def test_a_password_is_no_step_up(client: Client, world: World) -> None:
    sign_in_staff(client, world.bob, enrol_totp(world.bob))
    assert client.get(PASSWORD_AGAIN)["Location"].startswith(PROVE)
    answer = client.post(PASSWORD_AGAIN, {"password": "bob has a long password"})
    assert answer["Location"].startswith(PROVE)
    methods = [record["method"] for record in client.session[AUTHENTICATION_METHODS_SESSION_KEY]]
    assert methods == ["password", "mfa"]


def test_a_mailed_code_is_no_step_up(client: Client, world: World) -> None:
    sign_in_contractor(client, world.carol)
    assert not is_fresh(client, world.carol)


def test_removing_the_last_factor_leads_back_to_enrolment(client: Client, world: World) -> None:
    secret = enrol_totp(world.bob)
    sign_in_staff(client, world.bob, secret)
    with time_machine.travel(time.time() + 60):
        client.post(PROVE, {"code": totp_code(secret)})
        client.post("/accounts/2fa/totp/deactivate/")
        assert not Authenticator.objects.exists()
        assert client.get("/admin/")["Location"] == ACTIVATE


@pytest.mark.parametrize(
    "path",
    ["totp/deactivate/", "totp/activate/", "webauthn/add/", "recovery-codes/generate/", "webauthn/keys/1/remove/"],
)
def test_two_recovery_codes_change_no_factor(client: Client, world: World, path: str) -> None:
    enrol_totp(world.bob)
    codes = RecoveryCodes.activate(world.bob).get_unused_codes()
    send_password(client, world.bob)
    client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    client.post(PROVE, {"code": codes[1]})
    for answer in (client.get(f"/accounts/2fa/{path}"), client.post(f"/accounts/2fa/{path}")):
        assert answer["Location"] == f"{PROVE}?next=%2Faccounts%2F2fa%2F{path.replace('/', '%2F')}"
    assert b"A recovery code lets you in, but does not count for this." in client.get(answer["Location"]).content
    assert Authenticator.objects.filter(type=Authenticator.Type.TOTP).count() == 1


def test_a_form_that_was_kept_back_is_not_let_through_by_a_recovery_code(client: Client, world: World) -> None:
    sign_in_staff(client, world.bob, enrol_totp(world.bob))
    code = recovery_code(world.bob)
    assert client.post("/accounts/2fa/totp/deactivate/")["Location"].startswith(PROVE)  # fresh from the sign-in
    with time_machine.travel(time.time() + 600):
        client.post(PROVE, {"code": code, "next": "/accounts/2fa/totp/deactivate/"})
    assert Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists()


def test_the_app_shown_again_lets_its_owner_add_a_passkey(client: Client, world: World) -> None:
    secret = enrol_totp(world.bob)
    sign_in_staff(client, world.bob, secret)
    with time_machine.travel(time.time() + 60):
        client.post(PROVE, {"code": totp_code(secret)})
        page = read(client.get("/accounts/2fa/webauthn/add/"))
    assert page.soup.find("a", string="Not now", href="/accounts/2fa/webauthn/")
    assert not page.soup.select_one(f"main a[href='{ACTIVATE}']")  # with an app that is on, it asks to turn it off


def test_a_changed_password_is_asked_for_in_the_portals_words(client: Client, world: World) -> None:
    sign_in_staff(client, world.bob, enrol_totp(world.bob))
    page = read(client.get("/accounts/password/change/"))
    assert [label.get_text(strip=True) for label in page.soup.select("main label")] == [
        "Current password",
        "New password",
        "New password (again)",
    ]
    assert page.soup.find("a", string="Account", class_="back")


def test_the_admin_sign_in_is_the_portals_own(client: Client) -> None:
    assert client.get("/admin/login/")["Location"].startswith("/accounts/login/")
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/accounts/login/")


def test_the_admin_is_closed_to_contractors(client: Client, world: World) -> None:
    sign_in_contractor(client, world.carol)
    assert client.get("/admin/login/").status_code == HTTPStatus.FORBIDDEN


def test_contractors_need_no_second_factor(client: Client, world: World) -> None:
    sign_in_contractor(client, world.carol)
    assert client.get("/accounts/2fa/").status_code == HTTPStatus.OK
