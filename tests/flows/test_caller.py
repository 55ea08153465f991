"""Whose keys the profile has is asked of AWS before the first mint, and another principal's mint nothing."""

import pytest
from django.utils import timezone

from grants.flows.issue import issue_grant
from grants.gateways.caller import is_of_record
from grants.models import Grant, IssueAttempt, Issuer, IssuerCircuit
from grants.values import Identity
from portal.embedded.aws import RunningAws
from tests.factories import ACCOUNT_ID, World, make_approved, make_world

pytest_plugins = ["tests.embedded.aws_fixtures", "tests.flows.aws_workers"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def world(workers: RunningAws) -> World:  # noqa: ARG001 - they are there
    return make_world()


def issue(grant: Grant) -> Grant:
    issue_grant(grant_id=grant.pk, clock=timezone.now)
    return Grant.objects.get(pk=grant.pk)


def test_another_principals_keys_mint_nothing_and_open_the_circuit(workers: RunningAws, world: World) -> None:
    Issuer.objects.update(profile="daypass-caller")
    before, grant = workers.control.last_sequence(), issue(make_approved(world))
    assert (grant.state, grant.failure_code, grant.tries) == ("approved", "sts_another_principal", 0)
    assert not workers.control.calls(since=before, operation="GetFederationToken")
    assert IssuerCircuit.objects.get().error_code == "sts_another_principal"
    assert IssueAttempt.objects.get().error_detail == f"arn:aws:iam::{ACCOUNT_ID}:user/daypass-caller"


def test_its_own_are_asked_about_once(workers: RunningAws, world: World) -> None:
    before = workers.control.last_sequence()
    assert {issue(make_approved(world)).state for _ in range(3)} == {"issued"}
    assert len(workers.control.calls(since=before, operation="GetCallerIdentity")) == 1


def test_a_lost_answer_to_the_question_costs_no_issue(workers: RunningAws, world: World) -> None:
    workers.control.add_fault("unavailable", operation="GetCallerIdentity")
    grant = issue(make_approved(world))
    assert (grant.state, IssueAttempt.objects.get().outcome) == ("approved", "failed")


def test_the_session_of_a_role_is_its_role(world: World) -> None:
    said = Identity(f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/worker/i-1", ACCOUNT_ID, None)
    world.issuer.user_arn = f"arn:aws:iam::{ACCOUNT_ID}:role/daypass/worker"
    assert is_of_record(identity=said, issuer=world.issuer.ref)
    world.issuer.user_arn = f"arn:aws:iam::{ACCOUNT_ID}:role/daypass/another"
    assert not is_of_record(identity=said, issuer=world.issuer.ref)
