"""Rotating the sealing key: what rests moves under the new one, and an old one is named that may go."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from grants.models import AuditEvent
from portal.seals import _replace_session
from tests.factories import World, make_issued, make_world
from tests.web.signing_in import enrol_totp, recovery_code, sign_in_contractor, sign_in_staff

pytestmark = pytest.mark.django_db
NEW = bytes(range(32))


@pytest.fixture
def world() -> World:
    return make_world()


def rotate(settings: Settings) -> None:
    settings.SEALING_KEYS = {"s2": NEW, **settings.SEALING_KEYS}


def drop_old(settings: Settings) -> None:
    settings.SEALING_KEYS = {"s2": NEW}


def reseal(*flags: str) -> list[str]:
    out = StringIO()
    call_command("reseal", *flags, stdout=out)
    return out.getvalue().splitlines()


def test_second_factors_and_sessions_outlive_the_key_they_were_sealed_under(
    world: World, client: Client, settings: Settings
) -> None:
    seed = enrol_totp(world.bob)
    recovery_code(world.bob)
    sign_in_contractor(client, world.carol)
    rotate(settings)
    assert reseal() == [
        "3 sealed anew under s2.",
        "s2: 0 second factors and sessions; the current key",
        "s1: 3 second factors and sessions before, none now; it may be taken out of SEALING_KEYS",
    ]
    drop_old(settings)
    assert client.get("/requests/").status_code == 200
    staff = Client()
    sign_in_staff(staff, world.bob, seed)
    assert staff.get("/approvals/").status_code == 200


def test_again_it_finds_nothing_to_do_and_writes_nothing(world: World, settings: Settings) -> None:
    enrol_totp(world.bob)
    rotate(settings)
    reseal()
    assert reseal()[0] == "0 sealed anew under s2."
    row = AuditEvent.objects.get(kind="seals.renewed")
    assert '"moved":1' in row.payload
    assert '"from":["s1"]' in row.payload


def test_looking_changes_nothing(world: World, settings: Settings) -> None:
    enrol_totp(world.bob)
    before = Authenticator.objects.values_list("data", flat=True).get()
    rotate(settings)
    assert "s1: 1 second factors and sessions; manage.py reseal moves them" in reseal("--check")
    assert Authenticator.objects.values_list("data", flat=True).get() == before
    assert not AuditEvent.objects.filter(kind="seals.renewed").exists()


def test_credentials_that_wait_keep_their_key_until_they_are_dead(world: World, settings: Settings) -> None:
    issued = make_issued(world)
    rotate(settings)
    until = issued.grant.ends_at
    assert f"1 credentials until {until:%Y-%m-%d %H:%M} UTC at the latest; keep it until then" in reseal()[-1]


def test_what_does_not_open_is_left_alone_and_named(world: World, settings: Settings) -> None:
    enrol_totp(world.bob)
    enrol_totp(world.bea)
    drop_old(settings)
    with pytest.raises(CommandError, match="put the missing key back"):
        reseal()
    assert Authenticator.objects.count() == 2
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("reseal", "--check", stdout=out)
    assert "s1: 2 second factors and sessions, of which 2 do not open" in out.getvalue()


def test_a_session_that_moved_on_meanwhile_is_left_to_its_owner(
    world: World, client: Client, settings: Settings
) -> None:
    sign_in_contractor(client, world.carol)
    row = Session.objects.get()
    rotate(settings)
    client.get("/requests/")
    assert not _replace_session(row.session_key, "what it was before", b"\1")


def test_without_a_key_it_says_where_to_run_it(settings: Settings) -> None:
    settings.SEALING_KEYS = {}
    with pytest.raises(CommandError, match="environment of the web process"):
        reseal()
