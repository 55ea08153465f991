"""A session row gives its reader nothing: no cookie, no content, no longer life."""

import asyncio
import time
from datetime import timedelta

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from grants.flows.people.sign_ins import CLEAR_AT_MOST
from portal.sessions import BORN, SessionStore, row_key
from tests.factories import make_world
from tests.web.signing_in import sign_in_contractor

pytestmark = pytest.mark.django_db

CANARY = "sign-in-code-K7QX"
HALF_AN_HOUR = 30 * 60


def saved_session() -> SessionStore:
    session = SessionStore()
    session["code"] = CANARY
    session.save()
    return session


def cookie_of(session: SessionStore) -> str:
    assert session.session_key
    return str(session.session_key)


def test_a_session_comes_back_by_its_cookie() -> None:
    cookie = cookie_of(saved_session())
    assert SessionStore(cookie)["code"] == CANARY
    assert SessionStore().exists(cookie)


def test_the_row_holds_neither_the_cookie_nor_the_content() -> None:
    cookie = cookie_of(saved_session())
    row = Session.objects.get()
    assert cookie not in row.session_key
    assert row.session_key == row_key(cookie)
    assert CANARY not in row.session_data
    assert row.get_decoded() == {}  # Django's own reader finds nothing either


def test_a_stolen_row_key_is_no_cookie() -> None:
    saved_session()
    assert SessionStore(Session.objects.get().session_key).get("code") is None


def test_a_payload_moved_to_another_row_does_not_open() -> None:
    victim, thief = saved_session(), SessionStore()
    thief["code"] = "mine"
    thief.save()
    stolen = Session.objects.get(session_key=row_key(cookie_of(victim))).session_data
    Session.objects.filter(session_key=row_key(cookie_of(thief))).update(session_data=stolen)
    assert dict(SessionStore(cookie_of(thief)).items()) == {}


def test_a_session_whose_key_was_rotated_out_is_empty_and_one_whose_key_was_rotated_is_not(
    settings: Settings,
) -> None:
    cookie = cookie_of(saved_session())
    old = dict(settings.SEALING_KEYS)
    settings.SEALING_KEYS = {"t2": b"\x07" * 32, **old}
    assert SessionStore(cookie)["code"] == CANARY
    settings.SEALING_KEYS = {"t2": b"\x07" * 32}
    assert SessionStore(cookie).get("code") is None


def test_a_session_ends_after_half_an_hour_without_use() -> None:
    cookie = cookie_of(saved_session())
    with time_machine.travel(time.time() + HALF_AN_HOUR - 5):
        assert SessionStore(cookie).get("code") == CANARY
    with time_machine.travel(time.time() + HALF_AN_HOUR + 5):
        assert SessionStore(cookie).get("code") is None


def test_a_session_ends_after_twelve_hours_however_much_it_is_used() -> None:
    session, begin = saved_session(), time.time()
    for minutes in range(20, 12 * 60, 20):
        with time_machine.travel(begin + minutes * 60):
            session = SessionStore(cookie_of(session))
            assert session["code"] == CANARY
            session.save()
    with time_machine.travel(begin + 12 * 3600 + 1):
        assert SessionStore(cookie_of(session)).get("code") is None


def test_use_moves_the_idle_limit_on_at_most_once_a_minute() -> None:
    session = SessionStore(cookie_of(saved_session()))
    assert session["code"]
    now = timezone.now()
    assert not session.is_due_for_touch(now)
    assert session.is_due_for_touch(now + timedelta(seconds=61))


def test_signing_in_changes_the_cookie_and_starts_the_absolute_limit_again() -> None:
    session = saved_session()
    before = cookie_of(session)
    with time_machine.travel(time.time() + 600):
        session.cycle_key()
        session.save()
        assert session[BORN] == pytest.approx(time.time(), abs=2)
    assert cookie_of(session) != before
    assert SessionStore(before).get("code") is None
    assert SessionStore(cookie_of(session))["code"] == CANARY


def test_signing_out_removes_the_row() -> None:
    session = saved_session()
    session.flush()
    assert not Session.objects.exists()


def test_each_sign_in_clears_a_bounded_share_of_the_sessions_that_ended_long_ago(client: Client) -> None:
    carol, now = make_world().carol, timezone.now()
    ended = [timedelta(hours=13)] * (CLEAR_AT_MOST + 3) + [timedelta(minutes=5)]
    Session.objects.bulk_create(
        Session(session_key=f"old{number}", session_data="", expire_date=now - ago) for number, ago in enumerate(ended)
    )
    sign_in_contractor(client, carol)
    assert Session.objects.filter(session_key__startswith="old").count() == 4
    sign_in_contractor(Client(), carol)
    assert [row.expire_date for row in Session.objects.filter(session_key__startswith="old")] == [
        now - timedelta(minutes=5)
    ]


@pytest.mark.django_db(transaction=True)
def test_the_asynchronous_twins_hash_and_seal_as_well() -> None:
    async def save() -> str:
        session = SessionStore()
        await session.aset("code", CANARY)
        await session.asave()
        await sync_to_async(connections.close_all)()  # the worker thread's own connection
        return cookie_of(session)

    cookie = asyncio.run(save())
    row = Session.objects.get()
    assert row.session_key == row_key(cookie)
    assert CANARY not in row.session_data
    assert SessionStore(cookie)["code"] == CANARY
