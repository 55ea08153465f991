"""How much may be asked for: one person, one template, one vendor; and what a refusal tells."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from grants.errors import FieldError, NotAllowedError, NotFoundError
from grants.flows.request import draft_request, extend_grant, request_grant
from grants.flows.revoke import revoke_grant
from grants.flows.set_rule import set_rule
from grants.flows.withdraw import withdraw_grant
from grants.models import AuditEvent, Grant, RequestRule, User, Vendor
from tests.factories import HOUR, World, make_contractor, make_request, make_revealed, make_staff, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def limit(world: World, *, by: User | None = None, **limits: Any) -> RequestRule:
    given = {"template_id": None, "live_max": None, "daily_max": None, "escalate_to": "", **limits}
    return set_rule(by=by or world.ada, now=timezone.now(), **given)


def extend(world: World, grant: Grant) -> Grant:
    return extend_grant(reference=grant.reference, by=world.carol, now=timezone.now()).grant


def anothers(world: World) -> Grant:
    """What runs of dora's, who is of the same company."""
    dora = make_contractor("dora", world.vendor)
    return make_revealed(dataclasses.replace(world, carol=dora))


def asked_by(world: World) -> dict[str, Any]:
    asked = {"seconds": HOUR, "reason": "Deliver the logs.", "ticket": ""}
    return {"by": world.carol, "template_id": world.template.pk, "now": timezone.now(), **asked}


def refused(world: World, **asked: Any) -> FieldError:
    with pytest.raises(FieldError) as error:
        make_request(world, **asked)
    return error.value


def test_a_person_has_so_many_at_once_and_reads_which_one_ends_when(world: World) -> None:
    limit(world, live_max=2)
    held = make_revealed(world)
    make_request(world)
    refusal = refused(world)
    assert refusal.field == "template"
    assert refusal.field_sentence.startswith(f"You have 2 of 2 in use or asked for: {held.reference} ends ")
    assert "Hand one back or withdraw one" in refusal.field_sentence


def test_a_sponsor_reads_of_whom_the_limit_is_and_not_that_it_were_theirs(world: World) -> None:
    world.vendor.sponsors.add(world.alice)
    world.vendor.month_hours = 2
    world.vendor.save()
    rule = limit(world, live_max=1, daily_max=1)
    make_revealed(world)
    assert refused(world, by=world.alice, recipient=world.carol).field_sentence.startswith("Carol has 1 of 1 in use")
    RequestRule.objects.filter(pk=rule.pk).update(live_max=None)
    daily = refused(world, by=world.alice, recipient=world.carol).field_sentence
    assert daily.startswith("For Carol access was asked for 1 times of 1")
    RequestRule.objects.filter(pk=rule.pk).update(daily_max=None)
    refusal = refused(world, by=world.alice, recipient=world.carol, seconds=2 * HOUR)
    assert refusal.field_sentence.startswith(f"{world.vendor.name} has 1 hour left")


def test_what_is_over_leaves_room_again(world: World) -> None:
    limit(world, live_max=1)
    grant = make_request(world).grant
    assert "waits for a decision" in refused(world).field_sentence
    withdraw_grant(reference=grant.reference, by=world.carol, now=timezone.now())
    make_request(world)


def test_a_person_asks_so_often_in_a_day_whatever_becomes_of_it(world: World) -> None:
    limit(world, daily_max=1)
    now = timezone.now()
    grant = make_request(world, now=now - timedelta(hours=23)).grant
    withdraw_grant(reference=grant.reference, by=world.carol, now=now)
    assert "1 times of 1 in 24 hours" in refused(world).field_sentence
    make_request(world, now=now + timedelta(hours=2))


def test_a_second_account_of_the_same_human_makes_no_room(world: World) -> None:
    limit(world, live_max=1)
    other = make_contractor("karola", world.vendor)
    User.objects.filter(pk=other.pk).update(person=world.carol.person)
    other.refresh_from_db()
    make_request(world)
    refused(world, by=other)


def test_an_extension_takes_its_predecessors_place_in_every_limit_of_how_many_at_once(world: World) -> None:
    limit(world, live_max=1)
    limit(world, template_id=world.template.pk, live_max=1)
    held = make_revealed(world)
    more = extend(world, held)
    assert f"You have 1 of 1 in use or asked for: {held.reference} ends " in refused(world).field_sentence
    withdraw_grant(reference=more.reference, by=world.carol, now=timezone.now())
    refused(world)


def test_an_extension_whose_predecessor_is_over_counts_by_itself(world: World) -> None:
    limit(world, live_max=1)
    held = make_revealed(world)
    more = extend(world, held)
    revoke_grant(reference=held.reference, by=world.bob, reason="Done.", now=timezone.now())
    assert f"You have 1 of 1 in use or asked for: {more.reference} waits" in refused(world).field_sentence


def test_an_extension_makes_no_room_where_a_limit_was_lowered(world: World) -> None:
    held = [make_revealed(world) for _ in range(2)]
    limit(world, live_max=1)
    with pytest.raises(FieldError) as error:
        extend(world, held[0])
    assert error.value.field_sentence.startswith("You have 2 of 1 in use")


def test_what_goes_on_from_somebody_elses_counts(world: World) -> None:
    request_grant(**asked_by(world), previous=anothers(world))
    limit(world, live_max=1)
    refused(world)


def test_an_extension_that_begins_before_the_end_counts(world: World) -> None:
    held = make_revealed(world)
    extend(world, held)
    limit(world, live_max=2)
    draft_request(**asked_by(world))
    Grant.objects.filter(pk=held.pk).update(ends_at=F("ends_at") + timedelta(minutes=1))
    refused(world)


def test_a_request_that_only_says_that_it_goes_on_takes_room(world: World) -> None:
    limit(world, live_max=1)
    waiting, running = make_request(world).grant, anothers(world)
    for previous in (waiting, running):
        with pytest.raises(FieldError):
            draft_request(**asked_by(world), previous=previous)


def test_an_extension_is_one_more_request_of_the_day(world: World) -> None:
    limit(world, daily_max=1)
    held = make_revealed(world)
    with pytest.raises(FieldError):
        extend(world, held)


def test_others_are_not_counted(world: World) -> None:
    limit(world, live_max=1, daily_max=1)
    make_request(world)
    make_request(world, by=make_contractor("dora", world.vendor))


def test_a_template_has_so_many_at_once_for_all_together_and_tells_no_reference(world: World) -> None:
    limit(world, template_id=world.template.pk, live_max=1, daily_max=5)
    grant = make_revealed(world)
    refusal = refused(world, by=make_contractor("dora", world.vendor))
    assert "Of this access 1 of 1 are in use: the first ends " in refusal.field_sentence
    assert grant.reference not in refusal.field_sentence


def test_a_template_is_asked_for_so_often_in_a_day(world: World) -> None:
    limit(world, template_id=world.template.pk, daily_max=1)
    make_request(world)
    assert "asked for 1 times of 1 today. Ask again after" in refused(world).field_sentence


def test_a_vendors_hours_are_refused_at_the_hours_with_what_is_left(world: World) -> None:
    Vendor.objects.filter(pk=world.vendor.pk).update(month_hours=10)
    world.carol.refresh_from_db()
    make_request(world, seconds=7 * HOUR)
    refusal = refused(world, seconds=4 * HOUR)
    assert (refusal.field, refusal.field_sentence) == (
        "hours",
        "Your company has 3 hours left of its 10 hours this month. Ask for less, or ask your contact for more.",
    )
    make_request(world, seconds=3 * HOUR)
    assert "has nothing left of its 10 hours" in refused(world).field_sentence


def test_last_months_hours_do_not_count(world: World) -> None:
    Vendor.objects.filter(pk=world.vendor.pk).update(month_hours=1)
    world.carol.refresh_from_db()
    make_request(world, now=timezone.now().replace(day=1) - timedelta(days=2))
    make_request(world)


def test_the_check_page_says_it_before_anything_is_sent(world: World) -> None:
    limit(world, live_max=1)
    make_request(world)
    with pytest.raises(FieldError):
        draft_request(**asked_by(world))
    assert Grant.objects.count() == 1


@pytest.mark.parametrize("who", ["bob", "otto", "alice", "carol"])
def test_only_a_template_admin_sets_limits(world: World, who: str) -> None:
    with pytest.raises(NotAllowedError):
        limit(world, by=getattr(world, who), live_max=1)


def test_a_limit_is_set_again_and_on_record(world: World) -> None:
    limit(world, live_max=1)
    limit(world, live_max=5)
    assert RequestRule.objects.get().live_max == 5
    assert '"live_max":5' in AuditEvent.objects.filter(kind="rule.set").latest("seq").payload
    with pytest.raises(NotFoundError):
        limit(world, template_id=world.vendor.pk, live_max=1)


@pytest.mark.parametrize(
    ("field", "limits"),
    [("live_max", {"live_max": 0}), ("daily_max", {"daily_max": 10_001}), ("escalate_to", {"escalate_to": "nobody"})],
)
def test_a_limit_that_is_none_is_refused_at_its_field(world: World, field: str, limits: dict[str, Any]) -> None:
    with pytest.raises(FieldError) as error:
        limit(world, **limits)
    assert error.value.field == field


def test_the_database_itself_keeps_one_rule_each_and_limits_above_nothing(world: World) -> None:
    make_staff("dina")
    limit(world, live_max=1)
    for values in ({"template": None}, {"template": world.template, "live_max": 0}, {"escalate_to": "approvers"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RequestRule.objects.create(**values)
