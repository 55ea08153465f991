"""Signing: who may, over what, and what the database refuses even if the code let it through."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from grants.errors import (
    AlreadySignedError,
    GroupSignedError,
    NotAllowedError,
    NotFoundError,
    OwnGrantError,
    StaleSnapshotError,
    VendorClosedError,
    WrongStateError,
)
from grants.flows.approve import approve_grant
from grants.flows.deny import deny_grant
from grants.flows.expire import expire_due
from grants.flows.revoke import revoke_grant
from grants.models import AuditEvent, Decision, Grant, TemplateVersion, User
from grants.models.person import APPROVERS
from grants.policies import APPROVAL_LIFE
from tests.factories import World, make_request, make_staff, make_version, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def approve(grant: Grant, by: User) -> Grant:
    return approve_grant(
        reference=grant.reference,
        by=by,
        snapshot_hash=grant.snapshot_hash,
        now=timezone.now(),
    )


def test_an_approver_signs_the_snapshot_and_the_grant_is_due_at_once(world: World) -> None:
    grant = approve(make_request(world).grant, world.bob)
    assert grant.state == "approved"
    assert grant.due_at is not None
    decision = grant.decisions.get()
    assert (decision.decider, decision.snapshot_hash) == (world.bob, grant.snapshot_hash)
    assert AuditEvent.objects.filter(subject=grant.reference, kind="grant.approved").count() == 1


def test_the_requester_never_approves_even_as_staff(world: World) -> None:
    grant = make_request(world).grant
    world.bob.person = world.carol.person  # a second account of the same human
    world.bob.save()
    with pytest.raises(OwnGrantError):
        approve(grant, world.bob)


def test_whoever_invited_the_recipient_never_approves(world: World) -> None:
    grant = make_request(world).grant
    world.bob.person = world.alice.person
    world.bob.save()
    with pytest.raises(OwnGrantError):
        approve(grant, world.bob)


@pytest.mark.parametrize("name", ["carol", "mallory", "alice", "otto", "ada"])
def test_people_outside_the_signing_group_cannot_approve(world: World, name: str) -> None:
    grant = make_request(world).grant
    with pytest.raises(NotAllowedError):
        approve(grant, getattr(world, name))
    assert Grant.objects.get(pk=grant.pk).state == "requested"


def test_a_tampered_hash_decides_nothing(world: World) -> None:
    grant = make_request(world).grant
    with pytest.raises(StaleSnapshotError):
        approve_grant(reference=grant.reference, by=world.bob, snapshot_hash="0" * 64, now=timezone.now())
    assert not Decision.objects.exists()


def test_a_grant_is_decided_once(world: World) -> None:
    grant = make_request(world).grant
    deny_grant(
        reference=grant.reference,
        by=world.bea,
        snapshot_hash=grant.snapshot_hash,
        reason="Too long.",
        now=timezone.now(),
    )
    with pytest.raises(WrongStateError):
        approve(grant, world.bob)


def test_two_groups_need_two_persons(world: World) -> None:
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, approver_groups=[APPROVERS, "security"])
    sam = make_staff("sam", APPROVERS, "security")
    grant = approve(make_request(world).grant, sam)
    assert grant.state == "requested"
    with pytest.raises(AlreadySignedError):
        approve(grant, sam)
    sue = make_staff("sue", "security")
    signed_for = grant.decisions.get().group
    last = sue if signed_for == APPROVERS else world.bob
    assert approve(grant, last).state == "approved"


def test_a_second_account_of_one_person_does_not_count_twice(world: World) -> None:
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, approver_groups=[APPROVERS, "security"])
    grant = approve(make_request(world).grant, world.bob)
    twin = make_staff("bob2", "security")
    twin.person = world.bob.person
    twin.save()
    with pytest.raises(AlreadySignedError):
        approve(grant, twin)


def test_an_approval_late_in_the_contract_is_refused_not_shortened(world: World) -> None:
    grant = make_request(world).grant
    world.vendor.contract_ends_at = timezone.now() + timedelta(minutes=30)
    world.vendor.save()
    with pytest.raises(VendorClosedError):
        approve(grant, world.bob)


def decision_row(grant: Grant, world: World) -> dict[str, object]:
    return {
        "id": uuid.uuid4(),
        "grant": grant,
        "decider": world.bob,
        "decider_person": world.bob.person,
        "requester_person": grant.requester_person,
        "recipient_person": grant.recipient_person,
        "inviter_person": grant.inviter_person,
        "group": APPROVERS,
        "verdict": "approve",
        "snapshot_hash": grant.snapshot_hash,
        "decided_at": timezone.now(),
        "valid_until": timezone.now(),
    }


@pytest.mark.parametrize(
    "lie",
    [
        {"requester_person": uuid.uuid4()},  # pretends that somebody else asked
        {"decider_person": uuid.uuid4()},  # pretends to be somebody else
        {"snapshot_hash": "0" * 64},  # over something nobody asked for
        {"group": "friends of mallory"},  # for a group that does not sign
    ],
    ids=["requester", "decider", "hash", "group"],
)
def test_the_database_refuses_a_decision_that_lies(world: World, lie: dict[str, object]) -> None:
    grant = make_request(world).grant
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(**{**decision_row(grant, world), **lie})
        connection.check_constraints()


def test_the_database_refuses_self_approval(world: World) -> None:
    grant = make_request(world).grant
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            **{**decision_row(grant, world), "decider": world.carol, "decider_person": world.carol.person}
        )


def test_the_database_refuses_an_approved_grant_without_signatures(world: World) -> None:
    grant = make_request(world).grant
    with pytest.raises(DatabaseError), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(state="approved")


def test_the_database_refuses_another_snapshot_under_a_signed_grant(world: World) -> None:
    grant = approve(make_request(world).grant, world.bob)
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(seconds=900)


def test_a_published_version_is_never_changed(world: World) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        TemplateVersion.objects.filter(pk=world.version.pk).update(description="another")


def test_no_state_changes_without_its_audit_row(world: World) -> None:
    grant = make_request(world).grant
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(state="withdrawn")
        connection.check_constraints()


def test_an_approval_stands_as_long_as_its_oldest_signature(world: World) -> None:
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, approver_groups=[APPROVERS, "security"])
    now = timezone.now()
    grant = make_request(world, now=now).grant
    sue = make_staff("sue", "security")
    approve_grant(reference=grant.reference, by=world.bob, snapshot_hash=grant.snapshot_hash, now=now)
    later = now + timedelta(hours=71)
    whole = approve_grant(reference=grant.reference, by=sue, snapshot_hash=grant.snapshot_hash, now=later)
    assert whole.approval_until == now + APPROVAL_LIFE


def test_a_request_whose_first_signature_ran_out_lapses_instead_of_hanging(world: World) -> None:
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, approver_groups=[APPROVERS, "security"])
    grant = approve(make_request(world).grant, world.bob)
    expire_due(now=timezone.now() + timedelta(hours=73))
    assert Grant.objects.get(pk=grant.pk).state == "lapsed"


def test_outside_ones_groups_a_grant_looks_like_none(world: World) -> None:
    grant = make_request(world).grant
    sam = make_staff("sam", "security")
    with pytest.raises(NotFoundError):
        approve(grant, sam)
    with pytest.raises(NotFoundError):
        revoke_grant(reference=grant.reference, by=sam, reason="Stop.", now=timezone.now())


@pytest.mark.parametrize("reference", ["known", "0000000000"])
def test_people_without_the_role_cannot_tell_a_grant_from_none(world: World, reference: str) -> None:
    known = make_request(world).grant.reference
    with pytest.raises(NotAllowedError):
        approve_grant(
            reference=known if reference == "known" else reference,
            by=world.mallory,
            snapshot_hash="",
            now=timezone.now(),
        )


def two_of_three(world: World) -> User:
    """Two of approvers and one of security have to sign; returns who is security."""
    signers = {APPROVERS: 2, "security": 1}
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, signers=signers)
    return make_staff("sue", "security")


def test_n_of_a_group_sign_and_one_more_of_it_is_told_that_it_is_enough(world: World) -> None:
    sue, ben = two_of_three(world), make_staff("ben", APPROVERS)
    grant = make_request(world).grant
    assert [approve(grant, by).state for by in (world.bob, world.bea)] == ["requested", "requested"]
    with pytest.raises(GroupSignedError):
        approve(grant, ben)
    assert approve(grant, sue).state == "approved"
    assert grant.decisions.count() == 3


def test_whoever_is_in_two_groups_signs_for_the_one_with_fewer_people(world: World) -> None:
    two_of_three(world)
    sam = make_staff("sam", APPROVERS, "security")
    grant = make_request(world).grant
    approve(grant, sam)
    assert grant.decisions.get().group == "security"


def test_the_database_wants_as_many_persons_as_the_version_says(world: World) -> None:
    two_of_three(world)
    grant = make_request(world).grant
    approve(grant, world.bob)
    with pytest.raises(DatabaseError, match="as many persons of every group"), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(state="approved")


def test_the_database_counts_no_signature_that_ran_out(world: World) -> None:
    grant = make_request(world).grant
    with pytest.raises(DatabaseError, match="as many persons of every group"), transaction.atomic():
        Decision.objects.create(**decision_row(grant, world))  # it ran out as it was made
        Grant.objects.filter(pk=grant.pk).update(state="approved", state_at=timezone.now())


@pytest.mark.parametrize("signers", [{}, {APPROVERS: 0}, {APPROVERS: 1.5}, {APPROVERS: "2"}, {"mallory": 1}])
def test_the_database_refuses_a_version_that_nobody_would_sign_for(world: World, signers: dict[str, object]) -> None:
    fields = {f.attname: getattr(world.version, f.attname) for f in TemplateVersion._meta.concrete_fields}
    with pytest.raises(IntegrityError), transaction.atomic():
        TemplateVersion.objects.create(**{**fields, "id": uuid.uuid4(), "number": 9, "signers": signers})
