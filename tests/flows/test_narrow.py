"""Making a request smaller: never larger, never silently, and whoever signed before looks again."""

import hashlib
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from grants import queries
from grants.errors import FieldError, NotFoundError, OwnGrantError, StaleSnapshotError, WrongStateError
from grants.flows.approve import approve_grant
from grants.flows.expire import expire_due
from grants.flows.narrow import narrow_grant
from grants.flows.remind import remind_due
from grants.models import AuditEvent, Grant, Narrowing, OutboxMail, User
from grants.models.person import APPROVERS
from grants.policies import read_snapshot
from grants.policy.narrowed import Smaller
from grants.policy.scopes import BucketScope
from tests.factories import HOUR, World, make_approved, make_request, make_staff, make_version, make_world

pytestmark = pytest.mark.django_db
LIST_READ = ("s3:ListBucket", "s3:GetObject")
LESS = Smaller(HOUR, ("acme-drop",), "in/november/", LIST_READ)
SAME = Smaller(2 * HOUR, ("acme-drop",), "in/", ("s3:ListBucket", "s3:GetObject", "s3:PutObject"))


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def grant(world: World) -> Grant:
    return make_request(world, seconds=2 * HOUR).grant


def narrow(grant: Grant, by: User, wanted: Smaller = LESS, **changes: Any) -> Grant:
    values = {"snapshot_hash": grant.snapshot_hash, "reason": "November is enough.", "now": timezone.now(), **changes}
    return narrow_grant(reference=grant.reference, by=by, wanted=wanted, **values)


def approve(grant: Grant, by: User) -> Grant:
    now = timezone.now()
    return approve_grant(reference=grant.reference, by=by, snapshot_hash=grant.snapshot_hash, now=now)


def test_what_is_left_is_the_whole_snapshot_and_what_was_is_kept(world: World, grant: Grant) -> None:
    small = narrow(grant, world.bob)
    snapshot = read_snapshot(Grant.objects.get(pk=grant.pk))
    assert isinstance(snapshot.scope, BucketScope)
    assert (snapshot.scope.prefix, snapshot.scope.actions, snapshot.seconds) == ("in/november/", LIST_READ, HOUR)
    assert "arn:aws:s3:::acme-drop/in/november/*" in snapshot.policy
    kept = Narrowing.objects.get(grant=grant)
    assert (kept.old_snapshot, kept.old_hash, kept.new_hash) == (
        grant.snapshot,
        grant.snapshot_hash,
        small.snapshot_hash,
    )
    assert AuditEvent.objects.filter(subject=grant.reference, kind="grant.narrowed").count() == 1


def test_earlier_signatures_are_void_and_their_signers_and_the_requester_are_told(world: World) -> None:
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, signers={APPROVERS: 1, "security": 1})
    sue, grant = make_staff("sue", "security"), make_request(world, seconds=2 * HOUR).grant
    approve(grant, world.bob)
    small = narrow(grant, sue)
    assert approve(small, sue).state == "requested"
    assert approve(small, world.bob).state == "approved"
    told = OutboxMail.objects.filter(event__in=["request_narrowed", "signature_voided"])
    assert {(mail.event, mail.to_address) for mail in told} == {
        ("request_narrowed", world.carol.email),
        ("signature_voided", world.bob.email),
    }


def test_whoever_signed_before_finds_it_waiting_is_reminded_and_it_does_not_lapse_by_the_void_signature(
    world: World,
) -> None:
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, signers={APPROVERS: 2})
    grant = make_request(world, seconds=2 * HOUR).grant
    approve(grant, world.bob)
    later = timezone.now() + timedelta(days=2)
    narrow(grant, world.bea, now=later)
    assert list(queries.queue_for(world.bob)) == [grant]
    expire_due(now=later + timedelta(days=2))
    remind_due(now=later + timedelta(days=2))
    assert Grant.objects.get(pk=grant.pk).state == "requested"
    assert OutboxMail.objects.filter(event="request_reminder", to_address=world.bob.email).count() == 1


def test_a_signature_over_what_it_was_is_stale(world: World, grant: Grant) -> None:
    narrow(grant, world.bob)
    with pytest.raises(StaleSnapshotError):
        approve(grant, world.bea)
    with pytest.raises(StaleSnapshotError):
        narrow(grant, world.bea, snapshot_hash=grant.snapshot_hash)


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("hours", replace(SAME, seconds=3 * HOUR)),
        ("hours", SAME),  # nothing would be less
        ("hours", replace(LESS, seconds=1000)),  # no quarter hour
        ("buckets", replace(LESS, buckets=("acme-drop", "acme-shop"))),
        ("buckets", replace(LESS, buckets=())),
        ("prefix", replace(LESS, prefix="internal/")),  # begins alike
        ("prefix", replace(LESS, prefix="in/november")),  # without the slash it would open in/november-2/ too
        ("prefix", replace(LESS, prefix="in/*/")),
        ("prefix", replace(LESS, prefix="in/{vendor}/")),  # a placeholder that nobody would fill
        ("prefix", replace(LESS, prefix="in/../")),
        ("actions", replace(LESS, actions=("s3:DeleteObject",))),
        ("actions", replace(LESS, actions=())),
    ],
)
def test_more_or_nothing_less_is_refused_at_its_field(world: World, grant: Grant, field: str, wanted: Smaller) -> None:
    with pytest.raises(FieldError) as refused:
        narrow(grant, world.bob, wanted)
    assert refused.value.field == field
    assert not Narrowing.objects.exists()


def test_a_reason_is_given(world: World, grant: Grant) -> None:
    with pytest.raises(FieldError) as refused:
        narrow(grant, world.bob, reason=" ")
    assert refused.value.field == "reason"


def test_only_those_who_could_decide_make_it_smaller(world: World, grant: Grant) -> None:
    sue = make_staff("sue", "security")
    with pytest.raises(NotFoundError):
        narrow(grant, sue)
    User.objects.filter(pk=world.bob.pk).update(person=world.alice.person)  # who invited carol
    with pytest.raises(OwnGrantError):
        narrow(grant, User.objects.get(pk=world.bob.pk))


def test_what_is_decided_stays_as_it_was_signed(world: World) -> None:
    grant = make_approved(world)
    with pytest.raises(WrongStateError):
        narrow(grant, world.bea, replace(LESS, seconds=900))


def forged(grant: Grant, by: User, find: str, put: str) -> None:
    """A web process with full use of its database role gives a request another snapshot."""
    text = grant.snapshot.replace(find, put)
    assert text != grant.snapshot
    digest = hashlib.sha256(text.encode()).hexdigest()
    Narrowing.objects.create(
        id=uuid.uuid4(),
        grant=grant,
        narrower=by,
        narrower_person=by.person,
        old_snapshot=grant.snapshot,
        old_hash=grant.snapshot_hash,
        new_hash=digest,
        reason="Trust me.",
        narrowed_at=timezone.now(),
    )
    seconds = int(text.partition('"seconds":')[2].partition(",")[0])
    Grant.objects.filter(pk=grant.pk).update(snapshot=text, snapshot_hash=digest, seconds=seconds)


@pytest.mark.parametrize(
    ("find", "put"),
    [
        ('"seconds":7200', '"seconds":43200'),
        ('"prefix":"in/"', '"prefix":"i"'),
        ('"s3:PutObject"],"bounds"', '"s3:DeleteObject"],"bounds"'),
        ('"buckets":["acme-drop"]', '"buckets":["acme-drop","acme-shop"]'),
        ('"recipient":"carol', '"recipient":"mallory'),
        ('"approver_groups":["approvers"]', '"approver_groups":["friends"]'),
        ('"prefix":"in/"', '"prefix":null'),
        ('"prefix":"in/"', '"end":"in/"'),
        ('"actions":', '"deeds":'),
        ('"scope":', '"scape":'),
    ],
)
def test_the_database_refuses_a_snapshot_that_is_not_smaller(world: World, grant: Grant, find: str, put: str) -> None:
    with pytest.raises(IntegrityError, match="smaller snapshot"), transaction.atomic():
        forged(grant, world.bob, find, put)


def test_the_database_refuses_a_narrowing_without_its_audit_row(world: World, grant: Grant) -> None:
    with pytest.raises(IntegrityError, match="audit row"), transaction.atomic():
        forged(grant, world.bob, '"prefix":"in/"', '"prefix":"in/november/"')
        connection.check_constraints()


def test_the_database_lets_nobody_narrow_what_is_their_own(world: World, grant: Grant) -> None:
    with pytest.raises(IntegrityError, match="none of those whom it is about"), transaction.atomic():
        forged(grant, world.carol, '"prefix":"in/"', '"prefix":"in/november/"')


def test_the_database_refuses_another_snapshot_without_a_narrowing(grant: Grant) -> None:
    text = grant.snapshot.replace('"seconds":7200', '"seconds":3600')
    digest = hashlib.sha256(text.encode()).hexdigest()
    with pytest.raises(IntegrityError, match="smaller snapshot"), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(snapshot=text, snapshot_hash=digest, seconds=3600)
