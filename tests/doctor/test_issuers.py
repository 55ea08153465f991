"""The doctor on the issuers: each thing is broken once, and named with its mend."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from grants.flows.doctor import Place, examine_issuers
from grants.gateways.aws import forget_clients
from grants.gateways.caller import arn_of_record
from grants.models import AuditEvent, GrantTemplate, IssueAttempt, Issuer, IssuerCircuit
from grants.queries.invariants import INVARIANTS, offences_against
from grants.values import Finding, Identity
from portal.embedded.aws import RunningAws
from portal.embedded.aws.double_root import root_client
from tests.doctor.hearing import said, troubles
from tests.factories import ACCOUNT_ID, World, make_world

pytest_plugins = ["tests.embedded.aws_fixtures", "tests.flows.aws_workers"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workers")]
if TYPE_CHECKING:
    from types_boto3_iam.client import IAMClient

USER = "daypass-issuer"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture(autouse=True)
def world() -> World:
    return make_world()


@pytest.fixture
def broken(workers: RunningAws) -> "Iterator[IAMClient]":
    """Root's IAM client; afterwards the issuer is as it was seeded."""
    iam = root_client(workers.endpoint_url)
    user = iam.get_user(UserName=USER)["User"]
    boundary = user["PermissionsBoundary"]["PermissionsBoundaryArn"]
    yield iam
    iam.put_user_permissions_boundary(UserName=USER, PermissionsBoundary=boundary)
    for name in set(iam.list_user_policies(UserName=USER)["PolicyNames"]):
        iam.delete_user_policy(UserName=USER, PolicyName=name)
    iam.attach_user_policy(UserName=USER, PolicyArn=boundary)
    for key in iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]:
        iam.update_access_key(UserName=USER, AccessKeyId=key["AccessKeyId"], Status="Active")


def look(**asked: Any) -> list[Finding]:
    known: dict[str, Any] = {"mints": True, "revokes": True, "must": True, "place": None}
    return list(examine_issuers(**{**known, **asked}, clock=timezone.now))


def role_of(aws: RunningAws) -> dict[str, str]:
    return {
        "kind": "role",
        "user_arn": f"arn:aws:iam::{ACCOUNT_ID}:user/daypass-caller",
        "profile": "daypass-caller",
        "role_arn": aws.seeded.role_arn,
        "role_id": aws.seeded.role_id,
    }


def test_all_is_well_and_the_dry_run_is_on_record(workers: RunningAws, world: World) -> None:
    before = workers.control.last_sequence()
    assert troubles(look()) == []
    attempt = IssueAttempt.objects.get()
    assert (attempt.purpose, attempt.outcome, attempt.issuer, attempt.grant) == (
        *("doctor", "discarded", world.issuer, None),
    )
    (call,) = workers.control.calls(since=before, operation="GetFederationToken")
    assert (call["parameters"]["Name"], call["parameters"]["DurationSeconds"]) == (attempt.name, "900")
    kinds = AuditEvent.objects.filter(kind__startswith="dry_run.").order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["dry_run.began", "dry_run.ended"]
    assert all(not offences_against(each, now=timezone.now()) for each in INVARIANTS.values())


def test_a_role_is_looked_at_with_what_its_templates_promise(workers: RunningAws) -> None:
    Issuer.objects.update(**role_of(workers))
    assert troubles(look()) == ["warn Main account: a template promises 43200 seconds, the role gives 14400"]
    assert IssueAttempt.objects.get().federated_id.startswith(f"{workers.seeded.role_id}:dry-")


def test_a_session_issuer_is_not_tried_dry() -> None:
    user = f"arn:aws:iam::{ACCOUNT_ID}:user/alice-mfa"
    Issuer.objects.update(kind="session", user_arn=user, profile="alice-mfa")
    assert said(look(revokes=False, place=Place("shared-data", "partners/")), "dry run").level == "ok"
    assert not IssueAttempt.objects.exists()


ON_RECORD: list[tuple[dict[str, str], str, str]] = [
    # what the row says, the finding, the mend
    ({"profile": "nowhere"}, "no profile nowhere", "Put the keys under [nowhere]"),
    ({"revoker_profile": "nowhere"}, "no profile nowhere", "Put the keys under [nowhere]"),
    ({"user_arn": f"arn:aws:iam::{ACCOUNT_ID}:user/other"}, "but the record says", "Put the right keys"),
    ({"profile": "daypass-revoker"}, "may write IAM policies", "Take every iam: permission"),  # swapped files
]


@pytest.mark.parametrize(("values", "words", "mend"), ON_RECORD)
def test_what_the_record_has_wrong_is_named(values: dict[str, str], words: str, mend: str) -> None:
    Issuer.objects.update(**values)
    finding = said(look(), words)
    assert finding.level == "FAIL"
    assert mend in finding.mend


def test_a_role_that_was_made_anew_is_another(workers: RunningAws) -> None:
    Issuer.objects.update(**{**role_of(workers), "role_id": "AROA0000000000000000"})
    findings = look()
    assert said(findings, "it was made anew").level == "FAIL"
    assert "sts_answer_unusable" in said(findings, "dry run of 15 minutes was refused").what


AT_STS = [
    ("invalid_client_token", "sts_keys_refused", "An operator has to put valid keys in place"),
    ("expired_token", "sts_keys_expired", "long-term keys"),
    ("region_disabled", "sts_region_disabled", "activates the Region"),
    ("signature_skew", "sts_clock_skew", "correct the server's clock"),
]


@pytest.mark.parametrize(("fault", "code", "mend"), AT_STS)
def test_what_sts_refuses_is_named(workers: RunningAws, fault: str, code: str, mend: str) -> None:
    workers.control.add_fault(fault, operation="GetCallerIdentity", times=None)
    findings = look(revokes=False)
    assert mend in said(findings, code).mend
    assert not IssueAttempt.objects.exists()  # nothing is minted with keys that are not good


def test_what_a_dry_run_meets_is_named_and_on_record(workers: RunningAws) -> None:
    workers.control.add_fault("access_denied", operation="GetFederationToken")
    finding = said(look(), "dry run of 15 minutes was refused")
    assert "correct the issuer's permissions" in finding.mend
    assert [(row.outcome, row.error_code) for row in IssueAttempt.objects.all()] == [("failed", "sts_access_denied")]


def test_an_issuer_that_may_write_its_own_policies_is_named(broken: "IAMClient") -> None:
    iam = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]}
    broken.delete_user_permissions_boundary(UserName=USER)
    broken.put_user_policy(UserName=USER, PolicyName="oops", PolicyDocument=json.dumps(iam))
    findings = look()
    assert "deploy/iam has what it needs" in said(findings, "its own keys may write IAM policies").mend
    assert said(findings, "has no permissions boundary").level == "FAIL"


def test_keys_and_dry_runs_that_can_read_are_named(broken: "IAMClient") -> None:
    broken.delete_user_permissions_boundary(UserName=USER)
    for policy in broken.list_attached_user_policies(UserName=USER)["AttachedPolicies"]:
        if policy["PolicyName"].endswith("-maximum"):
            broken.detach_user_policy(UserName=USER, PolicyArn=policy["PolicyArn"])
    broken.put_user_policy(UserName=USER, PolicyName="oops", PolicyDocument=json.dumps(EVERYTHING))
    findings = look(revokes=False)
    assert "condition on aws:userid" in said(findings, "its raw keys can list acme-drop").mend
    assert "dry-… is denied there for good" in said(findings, "could list acme-drop").mend


def test_a_second_active_key_is_a_rotation_that_is_not_finished(broken: "IAMClient") -> None:
    made = broken.create_access_key(UserName=USER)["AccessKey"]["AccessKeyId"]
    try:
        assert said(look(mints=False), "one is to be deactivated").level == "warn"
    finally:
        broken.delete_access_key(UserName=USER, AccessKeyId=made)


def test_a_revoker_that_may_not_write_is_named() -> None:
    Issuer.objects.update(revoker_profile="alice-mfa")
    findings = look(mints=False)
    assert said(findings, "may not write the Deny").level == "FAIL"
    assert "iam_access_denied" in said(findings, "cannot read the Deny").what


def test_elsewhere_missing_keys_are_a_hint_where_to_ask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    forget_clients()
    mends = [finding.mend for finding in look(must=False) if finding.level == "warn"]
    assert [mend.partition(" and ")[0] for mend in mends] == [
        "Run the doctor with DAYPASS_PROCESS=issue",
        "Run the doctor with DAYPASS_PROCESS=revoke",
    ]


def test_an_issuer_without_a_template_is_tried_at_a_bucket_of_its_account(world: World) -> None:
    world.issuer.pk, world.issuer.name = None, "New"
    world.issuer.save(force_insert=True)
    said(look(), "New: its raw keys read nothing in acme-drop")


def test_without_a_bucket_it_says_what_it_did_not_try() -> None:
    GrantTemplate.objects.update(retired_at=timezone.now())
    Issuer.objects.create(
        name="New", account_id=ACCOUNT_ID, region="us-east-1", user_arn=f"arn:aws:iam::{ACCOUNT_ID}:user/{USER}",
        profile=USER, revoker_profile="daypass-revoker",
    )  # fmt: skip
    assert [line for line in troubles(look()) if "New" in line] == [
        "warn New: no template names a bucket of it, so what its keys may read was not tried",
        "warn New: whether dry runs are denied was not tried",
    ]


def test_an_installation_without_an_issuer_is_told() -> None:
    Issuer.objects.update(is_active=False)
    assert "manage.py create_issuer" in said(look(), "there is none").mend


def test_an_open_circuit_is_told(world: World) -> None:
    now = timezone.now()
    IssuerCircuit.objects.create(issuer=world.issuer, opened_at=now, probe_at=now, error_code="sts_keys_refused")
    assert "sts_keys_refused" in said(look(), "its circuit is open").what


@pytest.mark.parametrize(
    ("said_by_sts", "on_record"),
    [
        ("arn:aws:iam::111122223333:user/team/issuer", "arn:aws:iam::111122223333:user/team/issuer"),
        ("arn:aws:sts::111122223333:assumed-role/workers/i-0abc", "arn:aws:iam::111122223333:role/workers"),
        ("arn:aws-cn:sts::111122223333:assumed-role/w/s", "arn:aws-cn:iam::111122223333:role/w"),
    ],
)
def test_the_session_of_a_role_is_its_role(said_by_sts: str, on_record: str) -> None:
    assert arn_of_record(Identity(said_by_sts, ACCOUNT_ID, 0)) == on_record
