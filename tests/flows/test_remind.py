"""Requests that wait remind, escalate and lapse, each told once; mails are chosen, and a flood becomes one."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone

from grants.errors import FieldError
from grants.flows.approve import approve_grant
from grants.flows.choose_notices import choose_notices
from grants.flows.deny import deny_grant
from grants.flows.expire import expire_due
from grants.flows.remind import remind_due
from grants.flows.set_rule import set_rule
from grants.flows.withdraw import withdraw_grant
from grants.models import AuditEvent, Grant, Nudge, OutboxMail, User
from tests.factories import World, make_approved, make_contractor, make_request, make_staff, make_world

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return make_world()


def told(event: str) -> list[str]:
    return sorted(OutboxMail.objects.filter(event=event).values_list("to_address", flat=True))


def choose(by: User, **choices: bool) -> None:
    choose_notices(by=by, choices=choices, now=timezone.now())


def waiting(world: World, hours: float, **asked: Any) -> tuple[Grant, datetime]:
    now = timezone.now()
    return make_request(world, now=now - hours * HOUR, **asked).grant, now


def test_after_four_hours_the_approvers_are_reminded_once(world: World) -> None:
    grant, now = waiting(world, 4)
    assert remind_due(now=now - HOUR) == 0
    assert [remind_due(now=now), remind_due(now=now), remind_due(now=now + HOUR)] == [1, 0, 0]
    assert told("request_reminder") == [world.bea.email, world.bob.email]
    assert '"kind":"first","mails":2' in AuditEvent.objects.get(kind="grant.nudged", subject=grant.reference).payload


def test_after_a_day_they_are_reminded_again_and_it_escalates_to_the_template_admins(world: World) -> None:
    _, now = waiting(world, 24)
    remind_due(now=now - 20 * HOUR)
    remind_due(now=now)
    remind_due(now=now + 5 * HOUR)
    assert told("request_reminder") == sorted([world.bea.email, world.bob.email] * 2)
    assert told("request_escalated") == [world.ada.email]
    mail = OutboxMail.objects.get(event="request_escalated")
    assert mail.context["next_url"].endswith("/people/")
    assert mail.context["approvers"] == f"{world.bea.email}, {world.bob.email}"


def test_after_a_standstill_one_reminder_is_enough(world: World) -> None:
    _, now = waiting(world, 50)
    remind_due(now=now)
    remind_due(now=now)
    assert told("request_reminder") == [world.bea.email, world.bob.email]


def test_a_template_may_name_the_group_that_is_told(world: World) -> None:
    on_call = make_staff("dora", "on call")
    for user in (world.bob, world.alice):
        user.groups.add(Group.objects.get(name="on call"))
    rule = {"live_max": None, "daily_max": None, "escalate_to": "on call"}
    set_rule(template_id=world.template.pk, by=world.ada, now=timezone.now(), **rule)  # type: ignore[arg-type]  # one dict of several types
    _, now = waiting(world, 24)
    remind_due(now=now)
    assert told("request_escalated") == [world.bob.email, on_call.email]  # alice invited carol, and is never asked
    ways = {mail.to_address: mail.context["next_url"] for mail in OutboxMail.objects.filter(event="request_escalated")}
    assert "/approvals/" in ways[world.bob.email]


def test_what_was_decided_or_withdrawn_reminds_nobody(world: World) -> None:
    now = timezone.now()
    make_approved(world, now=now - 5 * HOUR)
    grant, _ = waiting(world, 5)
    withdraw_grant(reference=grant.reference, by=world.carol, now=now)
    remind_due(now=now)
    assert told("request_reminder") == []


def test_after_seven_days_it_lapses(world: World) -> None:
    grant, now = waiting(world, 7 * 24 + 1)
    remind_due(now=now)
    expire_due(now=now)
    grant.refresh_from_db()
    assert grant.state == "lapsed"


@pytest.mark.parametrize("verdict", ["approved", "denied"])
def test_whoever_was_asked_and_wants_it_hears_once_that_somebody_else_decided(world: World, verdict: str) -> None:
    choose(world.bea, decided=True)
    grant, now = make_request(world).grant, timezone.now()
    signed: dict[str, Any] = {"reference": grant.reference, "by": world.bob, "snapshot_hash": grant.snapshot_hash}
    if verdict == "approved":
        approve_grant(now=now, **signed)
    else:
        deny_grant(now=now, reason="No.", **signed)
    assert [remind_due(now=now), remind_due(now=now)] == [1, 0]
    mail = OutboxMail.objects.get(event="decided_by_other")
    assert (mail.to_address, mail.context["decider"], mail.context["verdict"]) == (world.bea.email, "Bob", verdict)


def test_nobody_hears_it_who_has_not_chosen_it(world: World) -> None:
    make_approved(world)
    remind_due(now=timezone.now())
    assert told("decided_by_other") == []


def test_two_beats_cannot_both_note_it(world: World) -> None:
    grant, now = waiting(world, 4)
    remind_due(now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Nudge.objects.create(grant=grant, kind="first", at=now)


def test_a_mail_that_was_switched_off_is_not_queued_and_others_get_theirs(world: World) -> None:
    choose(world.bob, to_decide=False)
    choose(world.carol, my_requests=False)
    make_approved(world)
    assert told("approver_new_request") == [world.bea.email]
    assert told("request_received") == told("request_approved") == []


def test_mails_about_security_cannot_be_switched_off(world: World) -> None:
    for key in ("sign_in_code", "link_ready", "grant_revoked", "security"):
        with pytest.raises(FieldError):
            choose(world.carol, **{key: False})


def test_many_requests_at_once_become_one_mail(world: World) -> None:
    now = timezone.now()
    people = [make_contractor(f"c{number}", world.vendor) for number in range(14)]
    for person in people:
        make_request(world, by=person, now=now)
    assert OutboxMail.objects.filter(event="approver_new_request", to_address=world.bob.email).count() == 10
    digest = OutboxMail.objects.get(event="requests_waiting", to_address=world.bob.email)
    assert digest.due_at == now + timedelta(minutes=10)
    make_request(world, now=now + timedelta(minutes=11))
    assert OutboxMail.objects.filter(event="approver_new_request", to_address=world.bob.email).count() == 11


def test_a_choice_is_on_record(world: World) -> None:
    choose(world.bob, to_decide=False, decided=True)
    assert '"decided":true,"to_decide":false' in AuditEvent.objects.get(kind="notices.chosen").payload
