"""Who signs in, how, and what everybody else is told: the same as everybody else."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from grants import ledger
from grants.gateways import sealing
from grants.models import OutboxMail, User
from tests.factories import World, make_world
from tests.web.signing_in import code_in_mail, enrol_totp, sign_in_contractor, sign_in_staff, totp_code

pytestmark = pytest.mark.django_db

REQUEST = "/accounts/login/code/"
CONFIRM = "/accounts/login/code/confirm/"
LOGIN = "/accounts/login/"


@pytest.fixture
def world() -> World:
    return make_world()


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_contractor_signs_in_with_the_code_from_the_mail(client: Client, world: World) -> None:
    sign_in_contractor(client, world.carol)
    assert client.session["_auth_user_id"] == str(world.carol.pk)


def test_the_code_is_sealed_in_the_outbox_and_in_the_session(client: Client, world: World) -> None:
    client.post(REQUEST, {"email": world.carol.email})
    code = code_in_mail()
    mail, row = OutboxMail.objects.get(), Session.objects.get()
    assert len(code.replace("-", "")) == 8
    assert code not in json.dumps(mail.context)
    assert code.encode() not in bytes(mail.sealed or b"")
    assert code not in row.session_data


def closed_vendor(world: World) -> User:
    world.vendor.is_active = False
    world.vendor.save()
    return world.carol


def ended_contract(world: World) -> User:
    world.vendor.contract_ends_at = timezone.now() - timedelta(seconds=1)
    world.vendor.save()
    return world.carol


def leaver(world: World) -> User:
    world.carol.is_active = False
    world.carol.save()
    return world.carol


def nobody(_world: World) -> User:
    return User(email="nobody@acme-robotics.example")


def staff(world: World) -> User:
    return world.bob


def look_alike(_world: World) -> User:
    return User(email="carol@acme-robot\u0131cs.example")  # a dotless i


@pytest.mark.parametrize("who", [nobody, staff, leaver, closed_vendor, ended_contract])
def test_whoever_may_not_gets_the_same_pages_and_no_code(
    client: Client, world: World, who: Callable[[World], User]
) -> None:
    other = Client()
    right = other.post(REQUEST, {"email": world.mallory.email}, follow=True)
    OutboxMail.objects.all().delete()
    wrong = client.post(REQUEST, {"email": who(world).email}, follow=True)
    assert wrong.redirect_chain == right.redirect_chain == [(CONFIRM, HTTPStatus.FOUND)]
    assert without_addresses(wrong.content, who(world).email) == without_addresses(right.content, world.mallory.email)
    assert not OutboxMail.objects.exists()
    assert client.post(CONFIRM, {"code": ""}).status_code == HTTPStatus.OK
    assert not is_signed_in(client)


def without_addresses(body: bytes, email: str) -> str:
    """A page without what differs by right: the typed address and the CSRF token."""
    lines = body.decode().replace(email, "somebody").splitlines()
    return "\n".join(line for line in lines if "csrfmiddlewaretoken" not in line)


def test_a_look_alike_address_is_somebody_else(client: Client, world: World) -> None:
    client.post(REQUEST, {"email": look_alike(world).email})
    assert not OutboxMail.objects.exists()


def test_a_code_is_worthless_when_the_vendor_was_closed_after_it_was_sent(client: Client, world: World) -> None:
    client.post(REQUEST, {"email": world.carol.email})
    closed_vendor(world)
    client.post(CONFIRM, {"code": code_in_mail()})
    assert not is_signed_in(client)


def test_three_wrong_codes_end_the_attempt(client: Client, world: World) -> None:
    client.post(REQUEST, {"email": world.carol.email})
    for _ in range(3):
        client.post(CONFIRM, {"code": "WRONGONE"})
    client.post(CONFIRM, {"code": code_in_mail()})
    assert not is_signed_in(client)


def test_an_open_session_ends_with_the_contract(client: Client, world: World) -> None:
    sign_in_contractor(client, world.carol)
    assert client.get("/accounts/2fa/").status_code == HTTPStatus.OK
    ended_contract(world)
    assert client.get("/accounts/2fa/").status_code == HTTPStatus.FOUND


def test_a_contractors_password_opens_nothing(client: Client, world: World) -> None:
    world.carol.set_password("a perfectly fine password")
    world.carol.save()
    answer = client.post(LOGIN, {"login": world.carol.email, "password": "a perfectly fine password"})
    assert b"do not belong together" in answer.content
    assert not is_signed_in(client)


def test_staff_sign_in_with_password_and_totp(client: Client, world: World) -> None:
    secret = enrol_totp(world.bob)
    answer = client.post(LOGIN, {"login": world.bob.email, "password": "bob has a long password"})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": totp_code(secret)})
    assert client.session["_auth_user_id"] == str(world.bob.pk)


def test_a_totp_code_works_once(world: World) -> None:
    secret = enrol_totp(world.bob)
    first, second = Client(), Client()
    sign_in_staff(first, world.bob, secret)
    sign_in_staff(second, world.bob, secret)
    assert is_signed_in(first)
    assert not is_signed_in(second)


def test_a_totp_code_ends_with_its_half_minute_and_whoever_types_it_is_told_what_to_type(
    client: Client, world: World
) -> None:
    secret = enrol_totp(world.bob)
    client.post(LOGIN, {"login": world.bob.email, "password": "bob has a long password"})
    code = totp_code(secret)
    with time_machine.travel(time.time() + 30):
        answer = client.post("/accounts/2fa/authenticate/", {"code": code})
    assert b"Type the one that your app shows now." in answer.content
    assert not is_signed_in(client)


def test_inactive_staff_are_told_what_a_wrong_password_is_told(client: Client, world: World) -> None:
    world.bob.is_active = False
    world.bob.save()
    right = client.post(LOGIN, {"login": world.bob.email, "password": "bob has a long password"}, follow=True)
    wrong = Client().post(LOGIN, {"login": world.bob.email, "password": "something else entirely"}, follow=True)
    assert right.redirect_chain == wrong.redirect_chain == []
    email = world.bob.email
    assert without_addresses(right.content, email) == without_addresses(wrong.content, email)


def test_the_sixth_wrong_password_for_an_account_is_refused_and_so_is_the_right_one_then(
    client: Client, world: World
) -> None:
    for _ in range(5):
        client.post(LOGIN, {"login": world.bob.email, "password": "something else entirely"})
    answer = client.post(LOGIN, {"login": world.bob.email, "password": "bob has a long password"})
    assert b"Too many tries in a row" in answer.content


def test_a_forged_forwarded_header_buys_no_further_guess(client: Client, world: World) -> None:
    guess = {"login": world.bob.email, "password": "something else entirely"}
    answers = [
        client.post("/accounts/login/", guess, headers={"x-forwarded-for": f"203.0.113.{last}"}) for last in range(6)
    ]
    assert b"Too many tries in a row" in answers[-1].content


@pytest.mark.usefixtures("world")
def test_a_flood_from_one_address_is_stopped_with_a_page_that_says_so(client: Client) -> None:
    answers = [client.post(LOGIN, {"login": f"{number}@evil.example", "password": "x"}) for number in range(31)]
    assert answers[-1].status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert b"Wait a few minutes" in answers[-1].content


@pytest.mark.parametrize("path", ["signup/", "email/", "confirm-email/", "confirm-email/abc/", "password/set/"])
def test_pages_that_would_make_or_move_an_account_do_not_exist(client: Client, world: World, path: str) -> None:
    sign_in_contractor(client, world.carol)
    assert client.get(f"/accounts/{path}").status_code == HTTPStatus.NOT_FOUND
    assert client.post(f"/accounts/{path}", {"email": "x@evil.example"}).status_code == HTTPStatus.NOT_FOUND


def test_a_password_reset_mail_goes_to_staff_with_a_second_factor_only(client: Client, world: World) -> None:
    for user in (world.bob, world.carol):  # bob has not enrolled yet
        client.post("/accounts/password/reset/", {"email": user.email})
    assert not OutboxMail.objects.exists()
    enrol_totp(world.bob)
    client.post("/accounts/password/reset/", {"email": world.bob.email})
    mail = OutboxMail.objects.get(event="password_reset")
    secrets = json.loads(sealing.open_for_mail(box=ledger.box_of(mail), info=mail.pk.bytes))
    assert "/accounts/password/reset/key/" in secrets["url"]
    assert "key" not in json.dumps(mail.context)


@pytest.mark.parametrize("host", ["testserver", "localhost", "localhost:4000"])
def test_the_mailed_link_leads_to_the_public_address_whatever_host_was_asked(
    client: Client, world: World, host: str
) -> None:
    enrol_totp(world.bob)
    client.post("/accounts/password/reset/", {"email": world.bob.email}, headers={"host": host})
    mail = OutboxMail.objects.get(event="password_reset")
    url = json.loads(sealing.open_for_mail(box=ledger.box_of(mail), info=mail.pk.bytes))["url"]
    assert url.startswith(f"{settings.PUBLIC_URL}/accounts/password/reset/key/")
