"""Approving alone in an emergency: loud, reviewed by somebody else, and never one's own."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone

from grants import queries
from grants.errors import (
    AlreadyReviewedError,
    FieldError,
    FourEyesError,
    NotAllowedError,
    OwnGrantError,
    StaleSnapshotError,
)
from grants.flows.approve import approve_alone, approve_grant
from grants.flows.check_invariants import check_invariants
from grants.flows.issue.begin import begin_attempt
from grants.flows.remind import remind_due
from grants.flows.review import review_emergency
from grants.flows.revoke import revoke_grant
from grants.models import AuditEvent, Decision, EmergencyReview, Grant, OutboxMail, User
from grants.models.emergency import Judgement
from grants.models.person import APPROVERS, TEMPLATE_ADMINS
from grants.policy.signers import ON_CALL
from grants.presenters.rows import active_row
from tests.factories import World, make_request, make_staff, make_world
from tests.flows.test_approve import decision_row

pytestmark = pytest.mark.django_db
WHY = "The line stands still until these logs are read."


@pytest.fixture
def world() -> World:
    return make_world(signers={APPROVERS: 2})


@pytest.fixture
def olga() -> User:
    return make_staff("olga", ON_CALL)


def alone(grant: Grant, by: User, reason: str = WHY) -> Grant:
    now = timezone.now()
    return approve_alone(reference=grant.reference, by=by, snapshot_hash=grant.snapshot_hash, reason=reason, now=now)


def test_one_signature_stands_for_all_and_what_was_approved_is_issued(world: World, olga: User) -> None:
    grant = alone(make_request(world).grant, olga)
    assert (grant.state, grant.decisions.get().group) == ("approved", ON_CALL)
    assert begin_attempt(grant_id=grant.pk, now=timezone.now())
    assert not [each for each in check_invariants(now=timezone.now()) if each.offences]


def test_everybody_who_answers_for_it_is_told_at_once(world: World, olga: User) -> None:
    alone(make_request(world).grant, olga)
    told = set(OutboxMail.objects.filter(event="emergency_approval").values_list("to_address", flat=True))
    assert told == {user.email for user in (world.ada, world.otto, world.bob, world.bea)}
    assert '"emergency":true' in AuditEvent.objects.get(kind="grant.approved").payload


@pytest.mark.parametrize("name", ["bob", "ada", "otto", "carol"])
def test_nobody_else_approves_alone(world: World, name: str) -> None:
    with pytest.raises(NotAllowedError):
        alone(make_request(world).grant, getattr(world, name))


def test_not_even_in_an_emergency_does_anybody_approve_their_own(world: World, olga: User) -> None:
    User.objects.filter(pk=olga.pk).update(person=world.alice.person)  # who invited carol
    with pytest.raises(OwnGrantError):
        alone(make_request(world).grant, User.objects.get(pk=olga.pk))


def test_who_has_signed_and_waits_for_the_others_may_approve_it_alone(world: World) -> None:
    world.bob.groups.add(Group.objects.get_or_create(name=ON_CALL)[0])
    grant = make_request(world).grant
    now, read = timezone.now(), grant.snapshot_hash
    assert approve_grant(reference=grant.reference, by=world.bob, snapshot_hash=read, now=now).state == "requested"
    assert alone(grant, world.bob).state == "approved"
    assert begin_attempt(grant_id=grant.pk, now=timezone.now())
    assert not [each for each in check_invariants(now=timezone.now()) if each.offences]


def test_whoever_is_on_call_finds_it_among_what_is_active_and_may_revoke_it(world: World, olga: User) -> None:
    usual, grant = make_request(world).grant, alone(make_request(world).grant, olga)
    for who in (world.bob, world.bea):
        approve_grant(reference=usual.reference, by=who, snapshot_hash=usual.snapshot_hash, now=timezone.now())
    found = {row.reference: active_row(row, timezone.now()) for row in queries.active_grants_for(olga)}
    assert {name: row.was_alone for name, row in found.items()} == {usual.reference: False, grant.reference: True}
    revoke_grant(reference=grant.reference, by=olga, reason="It was no emergency.", now=timezone.now())
    assert Grant.objects.get(pk=grant.pk).state == "revoked"


def test_it_has_a_reason_and_is_over_what_was_read(world: World, olga: User) -> None:
    grant = make_request(world).grant
    with pytest.raises(FieldError):
        alone(grant, olga, reason="Now.")
    grant.snapshot_hash = "0" * 64
    with pytest.raises(StaleSnapshotError):
        alone(grant, olga)


def test_the_database_lets_only_members_of_that_group_sign_alone(world: World, olga: User) -> None:
    row = {**decision_row(make_request(world).grant, world), "group": ON_CALL, "reason": WHY}
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(**row)  # bob is not on call
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(**{**row, "decider": olga, "decider_person": olga.person, "reason": ""})


def review(grant: Grant, by: User, note: str = "The ticket says so, and the line stood still.") -> EmergencyReview:
    now = timezone.now()
    return review_emergency(reference=grant.reference, by=by, judgement=Judgement.RIGHT, note=note, now=now)


def test_somebody_else_reviews_it_once_and_that_stays(world: World, olga: User) -> None:
    grant = alone(make_request(world).grant, olga)
    assert review(grant, world.otto).reviewer == world.otto
    with pytest.raises(AlreadyReviewedError):
        review(grant, world.ada)
    assert AuditEvent.objects.filter(subject=grant.reference, kind="grant.reviewed").count() == 1
    told = set(OutboxMail.objects.filter(event="emergency_reviewed").values_list("to_address", flat=True))
    assert told == {olga.email, world.ada.email}


def test_nobody_reviews_their_own_and_approvers_do_not_review(world: World) -> None:
    omar = make_staff("omar", ON_CALL, TEMPLATE_ADMINS)
    grant = alone(make_request(world).grant, omar)
    with pytest.raises(FourEyesError):
        review(grant, omar)
    with pytest.raises(NotAllowedError):
        review(grant, world.bob)
    with pytest.raises(FieldError):
        review(grant, world.otto, note="Fine.")


def test_the_database_keeps_a_review_and_takes_none_of_ones_own(world: World, olga: User) -> None:
    grant = alone(make_request(world).grant, olga)
    with pytest.raises(IntegrityError), transaction.atomic():
        EmergencyReview.objects.create(
            decision=grant.decisions.get(),
            decider_person=olga.person,
            reviewer=olga,
            reviewer_person=olga.person,
            judgement=Judgement.RIGHT,
            note="I was right.",
            reviewed_at=timezone.now(),
        )


def test_a_day_later_a_review_that_nobody_wrote_is_asked_for_once(world: World, olga: User) -> None:
    alone(make_request(world).grant, olga)
    remind_due(now=timezone.now() + timedelta(hours=23))
    assert not OutboxMail.objects.filter(event="review_due").exists()
    for hours in (25, 26):
        remind_due(now=timezone.now() + timedelta(hours=hours))
    told = list(OutboxMail.objects.filter(event="review_due").values_list("to_address", flat=True))
    assert sorted(told) == [world.ada.email, world.otto.email]
