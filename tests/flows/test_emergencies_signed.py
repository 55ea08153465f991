"""Approving alone by passkey: what the issue worker believes of it, whatever stands in the database."""

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from pytest_django.fixtures import Settings

from grants.errors import SignatureNeededError, SignatureRefusedError
from grants.flows.approve import approve_alone
from grants.flows.issue.begin import begin_attempt
from grants.models import Grant
from grants.models.person import APPROVERS
from grants.policy.signers import ON_CALL
from grants.policy.signing import signed_digest
from grants.policy.unsigned import NOTHING
from tests.factories import World, make_request, make_world
from tests.flows.test_signed_approvals import forge
from tests.keys_of_approvers import SoftKey

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings: Settings) -> World:
    """Two approvers are wanted, and the worker believes nothing that is not signed; bob is on call."""
    settings.UNSIGNED_APPROVALS = NOTHING
    world = make_world(signers={APPROVERS: 2})
    world.bob.groups.add(Group.objects.get_or_create(name=ON_CALL)[0])
    return world


@pytest.fixture
def key(world: World) -> SoftKey:
    soft = SoftKey()
    soft.trust(world.bob, APPROVERS, ON_CALL)
    return soft


def alone(world: World, grant: Grant, assertion: str) -> Grant:
    read, why = grant.snapshot_hash, "The line stands still."
    now = timezone.now()
    return approve_alone(
        reference=grant.reference, by=world.bob, snapshot_hash=read, reason=why, now=now, assertion=assertion
    )


def outcome_of(grant: Grant) -> str:
    """Whether the worker begins, or why it does not."""
    if begin_attempt(grant_id=grant.pk, now=timezone.now()) is not None:
        return "begun"
    grant.refresh_from_db()
    return grant.failure_code


def test_one_signature_that_says_it_stands_for_all_is_believed(world: World, key: SoftKey) -> None:
    grant = make_request(world).grant
    alone(world, grant, key.sign(signed_digest(grant.snapshot_hash, ON_CALL)))
    assert outcome_of(grant) == "begun"


def test_without_a_signature_it_gets_no_further_than_the_workers_caps(world: World) -> None:
    assert outcome_of(alone(world, make_request(world).grant, "")) == "unsigned_approval"


def test_an_ordinary_signature_does_not_stand_for_all(world: World, key: SoftKey) -> None:
    grant = make_request(world).grant
    with pytest.raises(SignatureRefusedError):
        alone(world, grant, key.sign(grant.snapshot_hash))


def test_a_passkey_that_was_not_trusted_for_it_does_not_sign_alone(world: World) -> None:
    grant, soft = make_request(world).grant, SoftKey()
    soft.trust(world.bob, APPROVERS)
    with pytest.raises(SignatureRefusedError):
        alone(world, grant, soft.sign(signed_digest(grant.snapshot_hash, ON_CALL)))


def test_where_a_passkey_must_sign_it_does_in_an_emergency_too(settings: Settings) -> None:
    settings.UNSIGNED_APPROVALS = NOTHING
    world, soft = make_world(needs_passkey=True), SoftKey()
    world.bob.groups.add(Group.objects.get_or_create(name=ON_CALL)[0])
    soft.trust(world.bob, ON_CALL)
    grant = make_request(world).grant
    with pytest.raises(SignatureNeededError):
        alone(world, grant, "")
    alone(world, grant, soft.sign(signed_digest(grant.snapshot_hash, ON_CALL)))
    assert outcome_of(grant) == "begun"


@pytest.mark.django_db(transaction=True)
def test_a_web_process_that_calls_an_ordinary_signature_an_emergency_has_nothing_minted(
    world: World, key: SoftKey
) -> None:
    grant = make_request(world).grant
    forge(world, grant, key.sign(grant.snapshot_hash), group=ON_CALL)
    assert outcome_of(grant) == "unsigned_approval"


@pytest.mark.django_db(transaction=True)
def test_a_web_process_that_makes_up_an_emergency_has_nothing_minted(world: World) -> None:
    grant = make_request(world).grant
    forge(world, grant, SoftKey().sign(signed_digest(grant.snapshot_hash, ON_CALL)), group=ON_CALL)
    assert outcome_of(grant) == "unsigned_approval"
