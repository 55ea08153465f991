"""Managed policies: allowed by an admin, read by the revoke worker, and compared before every call to STS."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from grants import policies, queries
from grants.errors import FieldError, NotAllowedError, PolicyChangedError, PolicyUnreadError, WrongStateError
from grants.flows.issue import issue_grant
from grants.flows.issuers import allow_policy, read_at_iam, withdraw_policy
from grants.gateways.iam_reader import document_digest
from grants.models import AuditEvent, Grant, Issuer, IssuerPolicy, IssuerReading
from grants.policy.scopes import ManagedPolicy, ManagedScope, scope_to_json
from portal.embedded.aws import RunningAws
from portal.embedded.aws.double_root import root_client
from tests.database import connect_as
from tests.factories import ACCOUNT_ID, World, make_approved, make_world

if TYPE_CHECKING:
    from types_boto3_iam.client import IAMClient

pytest_plugins = ["tests.embedded.aws_fixtures", "tests.flows.aws_workers"]
pytestmark = pytest.mark.django_db
ARN = f"arn:aws:iam::{ACCOUNT_ID}:policy/PartnersRead"


def document(*actions: str) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "arn:aws:s3:::acme-drop/in/*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


READ = document("s3:GetObject")
WIDER = document("s3:GetObject", "s3:DeleteObject")


@pytest.fixture
def iam(workers: RunningAws) -> "Iterator[IAMClient]":
    """Root's client, with the policy in the account."""
    client = root_client(workers.endpoint_url)
    client.create_policy(PolicyName="PartnersRead", PolicyDocument=json.dumps(READ))
    yield client
    for version in client.list_policy_versions(PolicyArn=ARN)["Versions"]:
        if not version["IsDefaultVersion"]:
            client.delete_policy_version(PolicyArn=ARN, VersionId=version["VersionId"])
    client.delete_policy(PolicyArn=ARN)


@pytest.fixture
def world() -> World:
    scope = ManagedScope(policies=(ManagedPolicy(ARN, document_digest(READ)),))
    return make_world(kind="managed", access=scope_to_json(scope), buckets=[])


def allow(world: World) -> IssuerPolicy:
    return allow_policy(issuer_id=world.issuer.pk, arn=ARN, by=world.ada, now=timezone.now())


def read(world: World, now: datetime | None = None) -> IssuerPolicy:
    read_at_iam(issuer_id=world.issuer.pk, clock=lambda: now or timezone.now())
    return IssuerPolicy.objects.latest("allowed_at")


def check(world: World, digest: str, now: datetime | None = None) -> None:
    policies.check_managed_unchanged(world.issuer, [(ARN, digest)], now or timezone.now())


@pytest.mark.usefixtures("iam")
def test_a_policy_is_allowed_then_read_and_then_it_may_be_named(world: World) -> None:
    allow(world)
    with pytest.raises(FieldError, match="not read yet"):
        policies.check_managed_allowed(world.issuer, [(ARN, document_digest(READ))])
    row = read(world)
    assert (row.digest, row.version_id) == (document_digest(READ), "v1")
    policies.check_managed_allowed(world.issuer, [(row.arn, row.digest)])
    check(world, row.digest)
    assert [each.arn for each in queries.allowed_policies(world.issuer)] == [ARN]
    kinds = AuditEvent.objects.filter(kind__startswith="policy.").order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["policy.allowed", "policy.read"]


def test_another_document_under_the_same_name_is_refused_before_sts(iam: "IAMClient", world: World) -> None:
    allow(world)
    before = read(world)
    iam.create_policy_version(PolicyArn=ARN, PolicyDocument=json.dumps(WIDER), SetAsDefault=True)
    after = read(world)
    assert (after.version_id, after.digest) == ("v2", document_digest(WIDER))
    with pytest.raises(PolicyChangedError):
        check(world, before.digest)
    payload = AuditEvent.objects.filter(kind="policy.read").latest("seq").payload
    assert before.digest in payload
    assert after.digest in payload


def test_a_change_of_white_space_is_no_change(iam: "IAMClient", world: World) -> None:
    allow(world)
    before = read(world)
    iam.create_policy_version(PolicyArn=ARN, PolicyDocument=json.dumps(READ, indent=4), SetAsDefault=True)
    check(world, before.digest)
    assert read(world).digest == before.digest
    assert AuditEvent.objects.filter(kind="policy.read").count() == 1


@pytest.mark.usefixtures("iam")
def test_what_was_not_read_lately_is_never_assumed(world: World) -> None:
    now = timezone.now()
    allow(world)
    with pytest.raises(PolicyUnreadError):
        check(world, document_digest(READ))
    digest = read(world, now).digest
    check(world, digest, now + policies.POLICY_FRESH)
    with pytest.raises(PolicyUnreadError):
        check(world, digest, now + policies.POLICY_FRESH + timedelta(seconds=1))


@pytest.mark.usefixtures("iam")
def test_a_withdrawn_policy_is_refused_approved_or_not(world: World) -> None:
    row = allow(world)
    digest = read(world).digest
    withdraw_policy(policy_id=row.pk, by=world.ada, now=timezone.now())
    with pytest.raises(PolicyChangedError):
        check(world, digest)
    with pytest.raises(WrongStateError):
        withdraw_policy(policy_id=row.pk, by=world.ada, now=timezone.now())
    assert allow(world).read_at is None  # on the list again: read anew, trusted anew


@pytest.mark.usefixtures("iam")
def test_a_grant_waits_for_the_reading_and_is_issued_after_it(workers: RunningAws, world: World) -> None:
    grant, before = make_approved(world), workers.control.last_sequence()
    allow(world)
    issue_grant(grant_id=grant.pk, clock=timezone.now)
    grant.refresh_from_db()
    assert (grant.state, grant.tries) == ("approved", 0)
    assert grant.due_at
    assert grant.due_at > timezone.now()
    assert not workers.control.calls(since=before, operation="GetFederationToken")
    read(world)
    issue_grant(grant_id=grant.pk, clock=lambda: timezone.now() + policies.READING_WAIT)
    assert Grant.objects.get().state == "issued"
    (call,) = workers.control.calls(since=before, operation="GetFederationToken")
    assert ARN in str(call["parameters"])


def test_a_grant_whose_policy_changed_fails_and_says_so(iam: "IAMClient", workers: RunningAws, world: World) -> None:
    grant, before = make_approved(world), workers.control.last_sequence()
    allow(world)
    iam.create_policy_version(PolicyArn=ARN, PolicyDocument=json.dumps(WIDER), SetAsDefault=True)
    read(world)
    issue_grant(grant_id=grant.pk, clock=timezone.now)
    grant.refresh_from_db()
    assert (grant.state, grant.failure_code) == ("failed", "policy_changed")
    assert not workers.control.calls(since=before, operation="GetFederationToken")


@pytest.mark.usefixtures("iam")
def test_what_iam_does_not_say_stays_as_it_was_with_its_old_time(workers: RunningAws, world: World) -> None:
    allow(world)
    before = read(world)
    workers.control.add_fault("access_denied", operation="GetPolicy")
    after = read(world, timezone.now() + timedelta(minutes=9))
    assert (after.error_code, after.digest, after.read_at) == ("iam_access_denied", before.digest, before.read_at)


@pytest.mark.usefixtures("workers")
def test_the_reading_has_the_keys_and_the_boundary(world: World) -> None:
    assert queries.unread_issuers(timezone.now()) == [world.issuer.pk]
    read_at_iam(issuer_id=world.issuer.pk, clock=timezone.now)
    reading = IssuerReading.objects.get()
    assert [key["is_active"] for key in reading.keys or []] == [True]
    assert reading.boundary_arn.endswith(":policy/daypass-issuer-maximum")
    assert queries.unread_issuers(timezone.now()) == []
    assert queries.unread_issuers(timezone.now() + timedelta(minutes=6)) == [world.issuer.pk]


NOT_THESE = [
    "PartnersRead",
    "arn:aws:iam::999999999999:policy/PartnersRead",  # another account's: STS refuses it too
    "arn:aws-cn:iam::aws:policy/ReadOnlyAccess",  # another partition's
    f"arn:aws:iam::{ACCOUNT_ID}:role/PartnersRead",
    f"arn:aws:iam::{ACCOUNT_ID}:policy/*",
]


@pytest.mark.parametrize("arn", NOT_THESE)
def test_only_policies_that_sts_takes_are_put_on_the_list(world: World, arn: str) -> None:
    with pytest.raises(FieldError) as refused:
        allow_policy(issuer_id=world.issuer.pk, arn=arn, by=world.ada, now=timezone.now())
    assert refused.value.field == "arn"


def test_a_session_issuer_has_no_list(world: World) -> None:
    Issuer.objects.update(kind="session")
    with pytest.raises(FieldError, match="takes no policy"):
        allow(world)


def test_only_template_admins_keep_the_list(world: World) -> None:
    for by in (world.bob, world.otto, world.carol):
        with pytest.raises(NotAllowedError):
            allow_policy(issuer_id=world.issuer.pk, arn=ARN, by=by, now=timezone.now())


def test_the_database_keeps_a_reading_whole(world: World) -> None:
    row = allow(world)
    for wrong in ({"digest": "f" * 64}, {"read_at": timezone.now()}, {"withdrawn_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            IssuerPolicy.objects.filter(pk=row.pk).update(**wrong)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("daypass_web", "UPDATE grants_issuerpolicy SET digest = repeat('f', 64)"),  # says what a policy says
        ("daypass_worker", "UPDATE grants_issuerpolicy SET withdrawn_at = NULL"),  # allows what was withdrawn
        ("daypass_worker", "INSERT INTO grants_issuerpolicy SELECT * FROM grants_issuerpolicy"),
    ],
)
def test_neither_role_does_the_others_half(role: str, statement: str) -> None:
    assert connection.vendor == "postgresql"
    with connect_as(role) as other, pytest.raises(Exception, match="permission denied"):
        other.execute(statement.encode())


@pytest.mark.django_db(transaction=True)
def test_a_web_process_allows_no_policy_as_read_already_by_itself(world: World) -> None:
    row = (
        "INSERT INTO grants_issuerpolicy (id, issuer_id, arn, allowed_by_id, allowed_at, version_id, digest, read_at,"
        " error_code) SELECT gen_random_uuid(), i.id, %s, %s, now(), %s, %s, %s, '' FROM grants_issuer i"
    )
    with connect_as("daypass_web") as web:
        with pytest.raises(Exception, match="worker's to write"):
            web.execute(row, [ARN, world.ada.pk, "v1", "f" * 64, timezone.now()])
        web.execute(row, [ARN, world.ada.pk, "", "", None])
    assert IssuerPolicy.objects.get().read_at is None
