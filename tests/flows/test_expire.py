"""The clock: what nobody decided lapses, what nobody picked up is wiped, what is over ends."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grants import queries
from grants.flows.expire import expire_due
from grants.flows.reveal import reveal_credentials
from grants.models import Grant, OutboxMail, PickupLink, SealedCredential
from grants.values import Origin, Shown
from tests.factories import World, make_approved, make_issued, make_request, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def state_after(wait: timedelta) -> str:
    expire_due(now=timezone.now() + wait)
    return Grant.objects.get().state


def test_nothing_ends_before_its_time(world: World) -> None:
    make_request(world)
    assert state_after(timedelta(days=6)) == "requested"


def test_an_undecided_request_lapses_after_a_week(world: World) -> None:
    make_request(world)
    assert state_after(timedelta(days=8)) == "lapsed"


def test_an_approval_lapses_after_three_days(world: World) -> None:
    make_approved(world)
    assert state_after(timedelta(hours=73)) == "lapsed"


def test_credentials_that_nobody_picked_up_are_wiped(world: World) -> None:
    make_issued(world)
    assert state_after(timedelta(hours=5)) == "expired"
    assert SealedCredential.objects.get().ciphertext is None
    assert PickupLink.objects.get().closed_at
    assert OutboxMail.objects.filter(event="grant_expired").count() == 1


def test_a_revealed_grant_ends_when_sts_said(world: World) -> None:
    issued = make_issued(world)
    reveal_credentials(
        link_id=issued.link.pk,
        token=issued.token,
        shown=Shown(code=issued.code),
        origin=Origin(None, ""),
        now=timezone.now(),
    )
    assert state_after(timedelta(minutes=59)) == "revealed"
    assert state_after(timedelta(minutes=61)) == "ended"


def test_ending_twice_changes_nothing(world: World) -> None:
    make_issued(world)
    later = timezone.now() + timedelta(hours=5)
    assert expire_due(now=later) == 1
    assert expire_due(now=later) == 0


def test_what_changed_since_it_was_listed_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    grant = make_approved(world)
    monkeypatch.setattr(queries, "grants_due", lambda _: [grant.pk])  # listed as undecided a moment ago
    assert state_after(timedelta(hours=1)) == "approved"


def test_an_issued_grant_whose_link_was_closed_by_hand_still_expires(world: World) -> None:
    make_issued(world)
    PickupLink.objects.update(closed_at=timezone.now())
    assert state_after(timedelta(seconds=1)) == "expired"


def test_a_booked_start_that_is_long_over_is_found_without_reading_all_that_waits(world: World) -> None:
    make_request(world, starts_at=(timezone.now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0))
    make_request(world)
    make_request(world)
    with CaptureQueriesContext(connection) as asked:
        expire_due(now=timezone.now())
    (booked,) = [query["sql"] for query in asked if '"starts_at" <' in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE grants_grant")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL cpu_tuple_cost = 10")  # each row that is read in vain counts
        cursor.execute(f"EXPLAIN {booked}")
        assert "using grant_booked" in str(cursor.fetchall())
