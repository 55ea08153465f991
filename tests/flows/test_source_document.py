"""The source document's scenarios through the portal: asked, signed, issued, picked up, and then tried at AWS."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from grants.flows.approve import approve_grant
from grants.flows.enforce import enforce_denials
from grants.flows.issue import issue_grant
from grants.flows.issuers import read_at_iam
from grants.flows.request import request_grant
from grants.flows.reveal import Revealed, Waiting, reveal_credentials
from grants.flows.revoke import revoke_grant
from grants.flows.type_code import type_code
from grants.models import Denial, Grant, IssuerPolicy
from grants.policy.scopes import BucketScope, CustomScope, ManagedPolicy, ManagedScope, Scope, SharedScope
from grants.queries.invariants import INVARIANTS, offences_against
from grants.values import AwsCredentials, Origin, Shown
from portal.embedded.aws import RunningAws
from portal.embedded.aws.double_register import totp_code
from portal.embedded.aws.seed import SESSION_USER
from tests.embedded.aws_people import AwsClient, client, refusal, root
from tests.factories import ACCOUNT_ID, HOUR, REASON, World, access, mailed_token, make_session_world, make_world

pytest_plugins = ["tests.embedded.aws_fixtures", "tests.flows.aws_workers"]
pytestmark = pytest.mark.django_db
DENIED = (403, "AccessDenied")
PARTNER = {"Bucket": "shared-data", "Key": "partners/northwind/orders.csv"}
OTHERS = {"Bucket": "shared-data", "Key": "partners/contoso/orders.csv"}
READ, LIST, WRITE = "s3:GetObject", "s3:ListBucket", "s3:PutObject"


class Portal:
    """One request on its way, and what it leads to at AWS."""

    def __init__(self, aws: RunningAws, world: World) -> None:
        self.aws, self.world, self.since = aws, world, aws.control.last_sequence()

    def ask(self, *, hours: float = 1, folder: str = "") -> Grant:
        """Carol asks, bob signs, the issue worker comes."""
        self.asked = request_grant(
            by=self.world.carol,
            template_id=self.world.template.pk,
            seconds=int(hours * HOUR),
            reason=REASON,
            ticket="",
            folder=folder,
            now=timezone.now(),
        )
        grant = self.asked.grant
        approve_grant(
            reference=grant.reference, by=self.world.bob, snapshot_hash=grant.snapshot_hash, now=timezone.now()
        )
        return self.work()

    def work(self) -> Grant:
        """The issue worker comes."""
        issue_grant(grant_id=self.asked.grant.pk, clock=timezone.now)
        return Grant.objects.get(pk=self.asked.grant.pk)

    def type(self, code: str) -> Grant:
        """Bob types a code of the device, and the worker comes."""
        type_code(reference=self.asked.grant.reference, by=self.world.bob, code=code, now=timezone.now())
        return self.work()

    def pick_up(self) -> AwsCredentials:
        """Carol opens her link with her code; where they are made only then, she waits for the worker."""
        answer = self._take(Shown(code=self.asked.code_plaintext or ""))
        if isinstance(answer, Waiting):
            self.work()
            answer = self._take(Shown(claim=answer.claim))
        assert isinstance(answer, Revealed)
        return answer.credentials

    def _take(self, shown: Shown) -> Revealed | Waiting:
        link, token = self.asked.grant.links.latest("created_at"), mailed_token(self.asked.grant)
        return reveal_credentials(
            link_id=link.pk, token=token, shown=shown, origin=Origin(None, ""), now=timezone.now()
        )

    def s3(self) -> AwsClient:
        """Whoever has picked them up, at S3."""
        given = self.pick_up()
        keys = {
            "aws_access_key_id": given.access_key_id,
            "aws_secret_access_key": given.secret_access_key,
            "aws_session_token": given.session_token,
        }
        return client(self.aws, "s3", keys)

    def sent(self, operation: str) -> list[dict[str, Any]]:
        """What STS was asked."""
        return [call["parameters"] for call in self.aws.control.calls(since=self.since, operation=operation)]


def code_of(aws: RunningAws) -> str:
    """What the device shows; each code works once, so the next one is waited for by a step of the clock."""
    return totp_code(aws.seeded.mfa_seed, now=time.time())


def federation(aws: RunningAws, scope: Scope, **version: Any) -> Portal:
    return Portal(aws, make_world(**{**access(scope), "tags": {}, **version}))


def offences() -> list[str]:
    return [str(each) for code in INVARIANTS for each in offences_against(INVARIANTS[code], now=timezone.now())]


@pytest.fixture
def sessions(workers: RunningAws) -> Iterator[RunningAws]:
    """Afterwards nobody's session of the dedicated user is denied."""
    yield workers
    iam = root(workers, "iam")
    for name in iam.list_user_policies(UserName=SESSION_USER)["PolicyNames"]:
        if name == "daypass-deny":
            iam.delete_user_policy(UserName=SESSION_USER, PolicyName=name)


# --- session tokens ---------------------------------------------------------------------------------------------------


def test_a_basic_session_token_has_the_users_own_rights(sessions: RunningAws) -> None:
    portal = Portal(sessions, make_session_world(mfa_serial=""))
    assert portal.ask().state == "issued"
    s3 = portal.s3()
    assert s3.get_object(**PARTNER)
    assert refusal(s3.get_object, Bucket="acme-drop", Key="in/readme.txt") == DENIED
    assert portal.sent("GetSessionToken") == [{"DurationSeconds": "3600"}]
    assert offences() == []


def test_a_session_token_with_mfa_waits_for_a_code_and_a_wrong_one_leads_back(sessions: RunningAws) -> None:
    portal = Portal(sessions, make_session_world())
    assert portal.ask(hours=2).state == "awaiting MFA code"
    right = code_of(sessions)
    wrong = "000000" if right != "000000" else "111111"
    refused = portal.type(wrong)
    assert (refused.state, refused.failure_code) == ("awaiting MFA code", "sts_mfa_refused")
    assert portal.type(right).state == "issued"
    assert portal.s3().get_object(**PARTNER)
    serial = sessions.seeded.mfa_serial
    assert portal.sent("GetSessionToken") == [{"DurationSeconds": "7200", "SerialNumber": serial}] * 2
    assert offences() == []


def test_a_long_session_token_lasts_36_hours(sessions: RunningAws) -> None:
    portal = Portal(sessions, make_session_world(mfa_serial=""))
    grant = portal.ask(hours=36)
    assert grant.ends_at
    assert timedelta(0) <= timezone.now() + timedelta(hours=36) - grant.ends_at < timedelta(minutes=1)
    assert portal.sent("GetSessionToken") == [{"DurationSeconds": "129600"}]


def test_revoking_a_session_ends_what_was_issued_before_and_is_read_back(sessions: RunningAws) -> None:
    portal = Portal(sessions, make_session_world(mfa_serial=""))
    grant = portal.ask()
    s3 = portal.s3()
    assert s3.get_object(**PARTNER)
    revoke_grant(reference=grant.reference, by=portal.world.bob, reason="The work is done.", now=timezone.now())
    enforce_denials(issuer_id=portal.world.issuer.pk, clock=timezone.now)
    denial = Denial.objects.get()
    assert denial.confirmed_at, denial.last_error
    assert refusal(s3.get_object, **PARTNER) == DENIED
    held = root(sessions, "iam").get_user_policy(UserName=SESSION_USER, PolicyName="daypass-deny")["PolicyDocument"]
    assert json.dumps(held).count("aws:TokenIssueTime") == 1
    assert offences() == []


# --- federation tokens ------------------------------------------------------------------------------------------------


def test_a_basic_federation_token_reads_and_writes_in_its_place_alone(workers: RunningAws) -> None:
    portal = federation(workers, BucketScope("aws", ("acme-drop",), "in/", (LIST, READ, WRITE)))
    portal.ask(hours=2)
    s3 = portal.s3()
    s3.put_object(Bucket="acme-drop", Key="in/new.csv", Body=b"1")
    assert s3.get_object(Bucket="acme-drop", Key="in/readme.txt")
    assert refusal(s3.get_object, Bucket="acme-drop", Key="out/report.csv") == DENIED
    assert refusal(s3.delete_object, Bucket="acme-drop", Key="in/new.csv") == DENIED


def test_managed_policies_are_what_was_read_of_them_and_are_sent_by_name(workers: RunningAws) -> None:
    iam, name = root(workers, "iam"), "SourceDocumentRead"
    arn = f"arn:aws:iam::{ACCOUNT_ID}:policy/{name}"
    statement = {"Effect": "Allow", "Action": READ, "Resource": "arn:aws:s3:::acme-drop/out/*"}
    iam.create_policy(PolicyName=name, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    try:
        portal = federation(workers, ManagedScope((ManagedPolicy(arn, "0" * 64),)))
        row = IssuerPolicy.objects.create(
            issuer=portal.world.issuer, arn=arn, allowed_by=portal.world.ada, allowed_at=timezone.now()
        )
        read_at_iam(issuer_id=portal.world.issuer.pk, clock=timezone.now)
        row.refresh_from_db()
        assert portal.ask().failure_code == "policy_changed"
        portal = federation_again(workers, portal.world, ManagedScope((ManagedPolicy(arn, row.digest),)))
        assert portal.ask(hours=4).state == "issued"
        s3 = portal.s3()
        assert s3.get_object(Bucket="acme-drop", Key="out/report.csv")
        assert refusal(s3.get_object, Bucket="acme-drop", Key="in/readme.txt") == DENIED
        (sent,) = portal.sent("GetFederationToken")
        assert sent["PolicyArns.member.1.arn"] == arn
    finally:
        iam.delete_policy(PolicyArn=arn)


def federation_again(aws: RunningAws, world: World, scope: Scope) -> Portal:
    """The next version of the same template."""
    old = world.version
    world.version = type(old).objects.create(
        **access(scope),
        template=old.template,
        number=old.number + 1,
        issuer=old.issuer,
        tags={},
        max_seconds=old.max_seconds,
        default_seconds=old.default_seconds,
        signers=old.signers,
        approver_groups=old.approver_groups,
        published_at=timezone.now(),
        published_by=old.published_by,
    )
    return Portal(aws, world)


def test_an_external_users_tags_say_what_they_are(workers: RunningAws) -> None:
    statement = {"Effect": "Allow", "Action": READ, "Resource": "arn:aws:s3:::acme-drop/out/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
    portal = federation(workers, CustomScope(policy), tags={"UserType": "External"})
    portal.ask()
    (sent,) = portal.sent("GetFederationToken")
    assert sent["Policy"] == policy
    tags = {sent[f"Tags.member.{n}.Key"]: sent[f"Tags.member.{n}.Value"] for n in range(1, 6)}
    assert tags["UserType"] == "External"
    assert tags["daypass:requester"] == str(portal.world.carol.pk)
    assert portal.s3().get_object(Bucket="acme-drop", Key="out/report.csv")


def test_a_contractors_project_is_a_folder_of_their_own(workers: RunningAws) -> None:
    scope = BucketScope("aws", ("acme-drop",), "in/{folder}/", (LIST, READ, WRITE))
    portal = federation(workers, scope, folder_pattern="[a-z0-9]+", folder_hint="like run17")
    portal.ask(folder="run17")
    s3 = portal.s3()
    s3.put_object(Bucket="acme-drop", Key="in/run17/log.csv", Body=b"1")
    assert s3.list_objects_v2(Bucket="acme-drop", Prefix="in/run17/")["KeyCount"]
    assert refusal(s3.put_object, Bucket="acme-drop", Key="in/run18/log.csv", Body=b"1") == DENIED
    assert refusal(s3.list_objects_v2, Bucket="acme-drop", Prefix="in/") == DENIED


def test_a_partner_reads_what_carries_their_tag_and_nothing_else(workers: RunningAws) -> None:
    scope = SharedScope("aws", "shared-data", "partners/", (READ,), "Partner", "northwind")
    portal = federation(workers, scope)
    portal.ask()
    s3 = portal.s3()
    assert s3.get_object(**PARTNER)
    assert refusal(s3.get_object, **OTHERS) == DENIED
    assert refusal(s3.get_object, Bucket="shared-data", Key="internal/margins.csv") == DENIED


def test_credentials_made_on_pickup_are_good_for_the_whole_time(workers: RunningAws) -> None:
    portal = federation(workers, BucketScope("aws", ("acme-drop",), "out/", (READ,)), mint="on_pickup")
    assert portal.ask().state == "offered"
    assert portal.sent("GetFederationToken") == []
    assert portal.s3().get_object(Bucket="acme-drop", Key="out/report.csv")
    assert offences() == []


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "state", "code"),
    [
        ("malformed_policy", "failed", "sts_malformed_policy"),
        ("packed_policy_too_large", "failed", "sts_policy_too_large"),
        ("region_disabled", "approved", "sts_region_disabled"),
        ("access_denied", "approved", "sts_access_denied"),
        ("expired_token", "approved", "sts_keys_expired"),
        ("throttle", "approved", "sts_throttled"),
    ],
)
def test_each_error_leaves_the_grant_with_its_reason_and_nothing_lost(
    workers: RunningAws, fault: str, state: str, code: str
) -> None:
    portal = federation(workers, BucketScope("aws", ("acme-drop",), "out/", (READ,)))
    workers.control.add_fault(fault, operation="GetFederationToken")
    grant = portal.ask()
    assert (grant.state, grant.failure_code) == (state, code)
    assert not grant.sealed.exists()
