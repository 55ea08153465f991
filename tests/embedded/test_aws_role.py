"""AssumeRole on the stand-in: trust, external ID, limits, chaining, source identity, and what the session may do."""

from typing import Any

import pytest

from portal.embedded.aws import RunningAws
from portal.embedded.aws.seed import EXTERNAL_ID
from tests.embedded.aws_people import READ_OUT, AwsClient, Parameter, refusal, revoker, root, session, with_profile

pytest_plugins = ["tests.embedded.aws_fixtures"]
REPORT = {"Bucket": "acme-drop", "Key": "out/report.csv"}
DENIED = (403, "AccessDenied")
INVALID = (400, "ValidationError")


def caller(aws: RunningAws) -> AwsClient:
    return with_profile(aws, "sts", "daypass-caller")


def asked(aws: RunningAws, **change: Parameter) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "RoleArn": aws.seeded.role_arn,
        "RoleSessionName": "dp-ROLE000001-1",
        "Policy": READ_OUT,
        "ExternalId": EXTERNAL_ID,
    }
    return {name: value for name, value in (plain | change).items() if value is not None}


def test_the_session_does_what_its_policy_says_and_nothing_else(aws: RunningAws) -> None:
    minted = caller(aws).assume_role(**asked(aws))
    s3 = session(aws, minted)
    assert s3.get_object(**REPORT)
    assert refusal(s3.get_object, Bucket="acme-drop", Key="in/readme.txt") == DENIED  # the role may, the policy not
    assert refusal(s3.get_object, Bucket="acme-drop", Key="private/payroll.csv") == DENIED
    assert minted["AssumedRoleUser"]["AssumedRoleId"] == f"{aws.seeded.role_id}:dp-ROLE000001-1"
    assert minted["PackedPolicySize"] > 0
    assert minted["SessionTokenSize"] > 0


REFUSED: list[tuple[str, dict[str, Any], tuple[int, str]]] = [
    ("no external ID", {"ExternalId": None}, DENIED),
    ("another external ID", {"ExternalId": "somebody-else"}, DENIED),
    ("a name that is not ours", {"RoleSessionName": "alice"}, DENIED),
    ("a role that is not there", {"RoleArn": "arn:aws:iam::111122223333:role/nobody"}, DENIED),
    ("899 seconds", {"DurationSeconds": 899}, INVALID),
    ("43,201 seconds", {"DurationSeconds": 43_201}, INVALID),
    ("longer than the role's own maximum", {"DurationSeconds": 14_401}, INVALID),
    ("a name of 65", {"RoleSessionName": "dp-" + "x" * 62}, INVALID),
    ("a name with a letter outside ASCII", {"RoleSessionName": "dp-é"}, INVALID),
    ("an external ID with a space", {"ExternalId": "two words"}, INVALID),
    ("a source identity of one character", {"SourceIdentity": "a"}, INVALID),
    ("a policy of 2,049 characters", {"Policy": READ_OUT.ljust(2_049)}, INVALID),
    ("a policy that is no JSON", {"Policy": "{"}, (400, "MalformedPolicyDocument")),
    (
        "two tag keys that differ in case only",
        {"Tags": [{"Key": "k", "Value": "1"}, {"Key": "K", "Value": "2"}]},
        (400, "InvalidParameterValue"),
    ),
]


@pytest.mark.parametrize(("case", "change", "expected"), REFUSED, ids=[case for case, _, _ in REFUSED])
def test_what_aws_would_refuse_is_refused(
    aws: RunningAws, case: str, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert refusal(caller(aws).assume_role, **asked(aws, **change)) == expected, case


@pytest.mark.parametrize("profile", ["alice-mfa", "daypass-issuer"])
def test_somebody_whom_the_role_does_not_trust_is_refused(aws: RunningAws, profile: str) -> None:
    assert refusal(with_profile(aws, "sts", profile).assume_role, **asked(aws)) == DENIED


def test_a_role_assumed_with_temporary_keys_gives_an_hour_at_most(aws: RunningAws) -> None:
    iam, name = root(aws, "iam"), "chained"
    trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}'
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, MaxSessionDuration=7_200)
    iam.put_user_policy(
        UserName="alice-mfa", PolicyName="chain", PolicyDocument=READ_OUT.replace("s3:GetObject", "sts:AssumeRole")
    )
    chained = session(aws, with_profile(aws, "sts", "alice-mfa").get_session_token(DurationSeconds=900), "sts")
    arn = f"arn:aws:iam::{aws.account_id}:role/{name}"
    asked_for = {"RoleArn": arn, "RoleSessionName": "dp-CHAIN00001-1", "Policy": READ_OUT}
    assert refusal(chained.assume_role, **asked_for, DurationSeconds=3_601) == INVALID
    iam.delete_user_policy(UserName="alice-mfa", PolicyName="chain")


def test_the_source_identity_is_told_back_and_recorded(aws: RunningAws) -> None:
    before = aws.control.last_sequence()
    assert caller(aws).assume_role(**asked(aws, SourceIdentity="alice"))["SourceIdentity"] == "alice"
    (call,) = aws.control.calls(since=before, operation="AssumeRole")
    assert (call["parameters"]["SourceIdentity"], call["outcome"]) == ("alice", "ok")
    assert EXTERNAL_ID not in str(call)  # the record keeps no secret


def test_a_trust_that_does_not_allow_it_refuses_a_source_identity(aws: RunningAws) -> None:
    iam = root(aws, "iam")
    trust = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}'
    iam.create_role(RoleName="anonymous", AssumeRolePolicyDocument=trust)
    change = {"RoleArn": f"arn:aws:iam::{aws.account_id}:role/anonymous", "ExternalId": None}
    assert refusal(caller(aws).assume_role, **asked(aws, **change, SourceIdentity="alice")) == DENIED


def test_a_deny_on_the_role_ends_one_session_and_no_other(aws: RunningAws) -> None:
    carol = session(aws, caller(aws).assume_role(**asked(aws, RoleSessionName="dp-CAROL00009-1")))
    dave = session(aws, caller(aws).assume_role(**asked(aws, RoleSessionName="dp-DAVE000009-1")))
    statement = '{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:userid":"%s"}}}'
    document = '{"Version":"2012-10-17","Statement":[%s]}' % (statement % f"{aws.seeded.role_id}:dp-CAROL00009-1")
    place = {"RoleName": "daypass-role", "PolicyName": "daypass-deny"}
    revoker(aws).put_role_policy(**place, PolicyDocument=document)
    assert refusal(carol.get_object, **REPORT) == DENIED
    assert dave.get_object(**REPORT)
    revoker(aws).delete_role_policy(**place)
    assert carol.get_object(**REPORT)
