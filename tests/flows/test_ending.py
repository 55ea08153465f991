"""Near the end: a mail in time, and one click that asks for more without an overlap."""

from datetime import timedelta

import pytest
from django.utils import timezone

from grants.errors import NotFoundError, WrongStateError
from grants.flows.approve import approve_grant
from grants.flows.issue.begin import begin_attempt
from grants.flows.request import extend_grant
from grants.flows.warn import warn_due
from grants.models import AuditEvent, OutboxMail
from tests.factories import World, make_revealed, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def test_the_recipient_is_told_once_while_there_is_time(world: World) -> None:
    grant = make_revealed(world, seconds=8 * 3600)
    assert grant.ends_at
    assert warn_due(now=grant.ends_at - timedelta(minutes=31)) == 0
    assert [warn_due(now=grant.ends_at - timedelta(minutes=29)) for _ in range(2)] == [1, 0]
    (mail,) = OutboxMail.objects.filter(event="grant_ending")
    assert (mail.to_address, mail.context["next_url"]) == (
        "carol@acme-robotics.example",
        f"{mail.context['public_url']}/requests/{grant.reference}/",
    )
    assert AuditEvent.objects.filter(kind="grant.warned").count() == 1


def test_of_a_quarter_of_an_hour_only_the_last_minutes_are_near_the_end(world: World) -> None:
    grant = make_revealed(world, seconds=900)
    assert grant.ends_at
    assert warn_due(now=grant.ends_at - timedelta(minutes=4)) == 0
    assert warn_due(now=grant.ends_at - timedelta(minutes=3)) == 1


def test_one_click_asks_for_the_same_from_the_end_on(world: World) -> None:
    grant = make_revealed(world)
    more = extend_grant(reference=grant.reference, by=world.carol, now=timezone.now()).grant
    assert (more.previous_id, more.starts_at, more.seconds) == (grant.pk, grant.ends_at, grant.seconds)
    assert more.reason.startswith(f"Goes on from {grant.reference}.")
    assert grant.reference in AuditEvent.objects.filter(kind="grant.requested", subject=more.reference).get().payload


def test_the_two_never_overlap(world: World) -> None:
    grant = make_revealed(world)
    more = extend_grant(reference=grant.reference, by=world.carol, now=timezone.now()).grant
    approve_grant(reference=more.reference, by=world.bob, snapshot_hash=more.snapshot_hash, now=timezone.now())
    assert grant.ends_at
    assert begin_attempt(grant_id=more.pk, now=grant.ends_at - timedelta(seconds=1)) is None
    assert begin_attempt(grant_id=more.pk, now=grant.ends_at)


def test_an_extension_is_asked_for_once_while_it_runs_and_by_its_own_people(world: World) -> None:
    grant = make_revealed(world)
    with pytest.raises(NotFoundError):
        extend_grant(reference=grant.reference, by=world.mallory, now=timezone.now())
    extend_grant(reference=grant.reference, by=world.carol, now=timezone.now())
    with pytest.raises(WrongStateError):
        extend_grant(reference=grant.reference, by=world.carol, now=timezone.now())
    other = make_revealed(world)
    with pytest.raises(WrongStateError):
        extend_grant(reference=other.reference, by=world.carol, now=timezone.now() + timedelta(hours=2))
