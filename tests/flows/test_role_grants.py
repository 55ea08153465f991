"""A role as the issuer, from the request to AWS's refusal: the same flows, with AssumeRole behind them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import IntegrityError
from django.utils import timezone

from grants.flows.approve import approve_grant
from grants.flows.enforce import enforce_denials
from grants.flows.issue import issue_grant
from grants.flows.issue.begin import begin_attempt
from grants.flows.recover import recover_attempts
from grants.flows.reveal import Revealed, reveal_credentials
from grants.flows.revoke import revoke_grant
from grants.gateways.aws import forget_clients
from grants.models import Denial, Grant, IssueAttempt, Issuer, IssuerCircuit
from grants.policies import LEASE
from grants.queries.invariants import INVARIANTS, offences_against
from grants.values import AwsCredentials, Origin, Shown
from portal.embedded.aws import RunningAws
from portal.embedded.aws.seed import EXTERNAL_ID, ROLE
from tests.embedded.aws_people import AwsClient, refusal, root, session
from tests.factories import ACCOUNT_ID, HOUR, World, mailed_token, make_approved, make_request, make_version, make_world

pytest_plugins = ["tests.embedded.aws_fixtures", "tests.flows.aws_workers"]
pytestmark = pytest.mark.django_db
INSIDE = {"Bucket": "acme-drop", "Key": "in/readme.txt"}
OUTSIDE = {"Bucket": "acme-drop", "Key": "out/report.csv"}
DENIED = (403, "AccessDenied")


@pytest.fixture
def world(workers: RunningAws) -> Iterator[World]:
    """Carol may ask for at most four hours, by the role; afterwards it denies nobody."""
    world = make_world()
    world.issuer = Issuer.objects.create(
        name="By role",
        kind="role",
        account_id=ACCOUNT_ID,
        region="us-east-1",
        user_arn=f"arn:aws:iam::{ACCOUNT_ID}:user/daypass-caller",
        role_arn=workers.seeded.role_arn,
        role_id=workers.seeded.role_id,
        profile="daypass-caller",
        revoker_profile="daypass-revoker",
    )
    world.version = make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, max_seconds=4 * HOUR)
    yield world
    iam = root(workers, "iam")
    for name in iam.list_role_policies(RoleName=ROLE)["PolicyNames"]:
        iam.delete_role_policy(RoleName=ROLE, PolicyName=name)


def s3_of(aws: RunningAws, given: AwsCredentials) -> AwsClient:
    keys = {
        "AccessKeyId": given.access_key_id,
        "SecretAccessKey": given.secret_access_key,
        "SessionToken": given.session_token,
    }
    return session(aws, {"Credentials": keys})


def picked_up(world: World) -> tuple[Grant, AwsCredentials]:
    """Asked, approved, issued by the worker, revealed with link and code."""
    asked, now = make_request(world), timezone.now()
    approve_grant(reference=asked.grant.reference, by=world.bob, snapshot_hash=asked.grant.snapshot_hash, now=now)
    issue_grant(grant_id=asked.grant.pk, clock=timezone.now)
    grant = Grant.objects.get(pk=asked.grant.pk)
    revealed = reveal_credentials(
        link_id=grant.links.get().pk,
        token=mailed_token(grant),
        shown=Shown(code=str(asked.code_plaintext)),
        origin=Origin(ip=None, agent=""),
        now=timezone.now(),
    )
    assert isinstance(revealed, Revealed)
    return grant, revealed.credentials


def no_offences() -> bool:
    return not [o for each in INVARIANTS.values() for o in offences_against(each, now=timezone.now())]


def test_from_the_request_to_the_refusal_after_the_revocation(workers: RunningAws, world: World) -> None:
    grant, given = picked_up(world)
    s3 = s3_of(workers, given)
    assert s3.get_object(**INSIDE)
    assert refusal(s3.get_object, **OUTSIDE) == DENIED  # the role may, the session policy does not
    revoke_grant(reference=grant.reference, by=world.bob, reason="The work is done.", now=timezone.now())
    enforce_denials(issuer_id=world.issuer.pk, clock=timezone.now)
    assert refusal(s3.get_object, **INSIDE) == DENIED
    denial = Denial.objects.get()
    assert denial.userid == f"{workers.seeded.role_id}:dp-{grant.reference}-1"
    assert denial.confirmed_at
    assert no_offences()


def test_sts_is_asked_with_policy_tags_source_identity_and_external_id(workers: RunningAws, world: World) -> None:
    before = workers.control.last_sequence()
    grant = make_approved(world)
    issue_grant(grant_id=grant.pk, clock=timezone.now)
    (call,) = workers.control.calls(since=before, operation="AssumeRole")
    asked, name = call["parameters"], f"dp-{grant.reference}-1"
    assert (asked["RoleArn"], asked["RoleSessionName"], asked["SourceIdentity"]) == (world.issuer.role_arn, name, name)
    assert asked["DurationSeconds"] == "3600"
    assert re.search(r"in/\*", asked["Policy"])
    assert grant.reference in str(asked)
    assert not workers.control.calls(since=before, operation="GetFederationToken")
    attempt = IssueAttempt.objects.get()
    assert attempt.federated_arn == f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{ROLE}/{name}"
    assert attempt.packed_policy_size
    assert attempt.clock_ahead is not None


def test_the_external_id_is_in_no_table(world: World) -> None:
    grant = make_approved(world)
    issue_grant(grant_id=grant.pk, clock=timezone.now)
    grant.refresh_from_db()
    assert grant.state == "issued"
    assert EXTERNAL_ID not in grant.snapshot
    assert world.issuer.ref.external_id == ""


def test_without_the_external_id_the_issuer_waits_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "without"))
    forget_clients()
    grant = make_approved(world)
    issue_grant(grant_id=grant.pk, clock=timezone.now)
    grant.refresh_from_db()
    assert (grant.state, grant.failure_code) == ("approved", "sts_access_denied")
    assert IssuerCircuit.objects.get().error_code == "sts_access_denied"


def test_a_session_whose_answer_was_lost_is_denied_by_the_roles_id(workers: RunningAws, world: World) -> None:
    workers.control.add_fault("lost_answer", operation="AssumeRole")
    grant = make_approved(world)
    issue_grant(grant_id=grant.pk, clock=timezone.now)
    assert Denial.objects.get().userid == f"{workers.seeded.role_id}:dp-{grant.reference}-1"
    enforce_denials(issuer_id=world.issuer.pk, clock=timezone.now)
    assert Denial.objects.get().confirmed_at
    assert no_offences()


def test_a_worker_that_died_on_the_way_leaves_a_denied_name(workers: RunningAws, world: World) -> None:
    grant, now = make_approved(world), timezone.now()
    assert begin_attempt(grant_id=grant.pk, now=now)
    assert recover_attempts(now=now + LEASE * 2) == 1
    assert Denial.objects.get().userid == f"{workers.seeded.role_id}:dp-{grant.reference}-1"


def test_more_than_the_role_gives_fails_with_its_sentence(world: World) -> None:
    world.version = make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, max_seconds=12 * HOUR)
    asked = make_request(world, seconds=5 * HOUR).grant  # the seeded role's own maximum is four hours
    approve_grant(reference=asked.reference, by=world.bob, snapshot_hash=asked.snapshot_hash, now=timezone.now())
    issue_grant(grant_id=asked.pk, clock=timezone.now)
    asked.refresh_from_db()
    assert (asked.state, asked.failure_code) == ("failed", "sts_role_seconds")
    assert not Denial.objects.exists()


def test_an_issuer_by_role_that_has_minted_keeps_its_role(world: World) -> None:
    picked_up(world)
    with pytest.raises(IntegrityError, match="make a new one"):
        Issuer.objects.filter(pk=world.issuer.pk).update(role_id="AROA0000000000000000")
