"""What an issuer may be called, kind by kind and partition by partition."""

from dataclasses import replace

import boto3
import pytest

from grants.errors import FieldError
from grants.gateways.console import PARTITIONS as CONSOLES
from grants.gateways.sts_answers import assumed_role_arn
from grants.policy.durations import operation_of
from grants.policy.issuers import PARTITIONS, check_issuer, check_policy_arn
from grants.policy.listing import listing_policy
from grants.values import IssuerRef, RoleRequest

A = "111122223333"
OTHER = "444455556666"
USER = IssuerRef(A, "aws", "eu-central-1", f"arn:aws:iam::{A}:user/daypass-issuer", "acme-issuer")
SESSION = replace(USER, kind="session", user_arn=f"arn:aws:iam::{A}:user/team/alice-mfa")
ROLE = replace(
    USER,
    kind="role",
    user_arn=f"arn:aws:iam::{OTHER}:user/caller",  # the caller's account may be another one
    role_arn=f"arn:aws:iam::{A}:role/daypass-role",
    role_id="AROA0123456789ABCDEF1",
)
SERIAL = f"arn:aws:iam::{A}:mfa/alice"

GOOD = [
    (USER, ""),
    (SESSION, ""),
    (SESSION, SERIAL),
    (SESSION, "GAHT12345678"),  # printed on a hardware device
    (ROLE, ""),
    (replace(ROLE, user_arn=f"arn:aws:iam::{OTHER}:role/workers"), ""),  # workload credentials
    (replace(USER, partition="aws-cn", region="cn-north-1", user_arn=f"arn:aws-cn:iam::{A}:user/i"), ""),
    (replace(USER, partition="aws-us-gov", region="us-gov-west-1", user_arn=f"arn:aws-us-gov:iam::{A}:user/i"), ""),
]
BAD = [
    ("account_id", replace(USER, account_id="11112222333"), ""),  # eleven digits
    ("account_id", replace(USER, account_id="١١١١٢٢٢٢٣٣٣٣"), ""),  # digits, but not AWS's
    ("partition", replace(USER, partition="aws-iso"), ""),
    ("region", replace(USER, region="cn-north-1"), ""),  # China's, in the partition of everybody else
    ("region", replace(USER, region="us-gov-west-1"), ""),
    ("region", replace(USER, region="eu-central-1.evil.example"), ""),  # it becomes part of a host name
    ("region", replace(USER, partition="aws-cn", user_arn=f"arn:aws-cn:iam::{A}:user/i"), ""),
    ("user_arn", replace(USER, partition="aws-cn", region="cn-north-1"), ""),  # the ARN says aws
    ("user_arn", replace(USER, user_arn=f"arn:aws:iam::{OTHER}:user/i"), ""),  # the Deny would be written elsewhere
    ("user_arn", replace(USER, user_arn=f"arn:aws:iam::{A}:root"), ""),
    ("user_arn", replace(USER, user_arn=f"arn:aws:iam::{A}:role/workers"), ""),  # AWS refuses session credentials
    ("user_arn", replace(USER, user_arn=f"arn:aws:iam::{A}:user/é"), ""),
    ("role_arn", replace(USER, role_arn=ROLE.role_arn), ""),  # of a kind that assumes none
    ("role_arn", replace(ROLE, role_arn=""), ""),
    ("role_arn", replace(ROLE, role_arn=f"arn:aws:iam::{OTHER}:role/daypass-role"), ""),
    ("role_id", replace(ROLE, role_id=""), ""),  # nothing could be denied by name
    ("role_id", replace(ROLE, role_id="AIDA0123456789ABCDEF1"), ""),  # a user's
    ("mfa_serial", USER, SERIAL),
    ("mfa_serial", SESSION, "12345678"),  # eight characters
    ("profile", replace(USER, profile="a\nb"), ""),
    ("revoker_profile", replace(USER, profile="revoker"), ""),  # one pair of keys for both
]


@pytest.mark.parametrize(("issuer", "serial"), GOOD)
def test_what_aws_calls_so_is_taken(issuer: IssuerRef, serial: str) -> None:
    check_issuer(issuer, mfa_serial=serial, revoker_profile="revoker")


@pytest.mark.parametrize(("field", "issuer", "serial"), BAD)
def test_what_it_does_not_is_refused_at_its_field(field: str, issuer: IssuerRef, serial: str) -> None:
    with pytest.raises(FieldError) as refused:
        check_issuer(issuer, mfa_serial=serial, revoker_profile="revoker")
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("issuer", "operation"),
    [
        (USER, "GetFederationToken"),
        (SESSION, "GetSessionToken"),
        (ROLE, "AssumeRole"),
        (replace(ROLE, user_arn=f"arn:aws:iam::{OTHER}:role/workers"), "AssumeRole, chained"),  # temporary keys
    ],
)
def test_the_kind_says_by_which_operation(issuer: IssuerRef, operation: str) -> None:
    assert operation_of(issuer) == operation


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-central-1", "sts.eu-central-1.amazonaws.com"),
        ("aws", "us-east-1", "sts.us-east-1.amazonaws.com"),  # never the old global sts.amazonaws.com
        ("aws-cn", "cn-northwest-1", "sts.cn-northwest-1.amazonaws.com.cn"),
        ("aws-us-gov", "us-gov-east-1", "sts.us-gov-east-1.amazonaws.com"),
    ],
)
def test_sts_is_called_in_the_region_of_its_partition(partition: str, region: str, host: str) -> None:
    client = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x").client("sts", region_name=region)
    assert client.meta.endpoint_url == f"https://{host}"
    assert client.meta.partition == partition
    assert PARTITIONS[partition].sts_host(region) == host


def test_the_userid_of_a_session_is_its_accounts_or_its_roles() -> None:
    assert USER.userid_of("dp-0123456789-1") == f"{A}:dp-0123456789-1"
    assert ROLE.userid_of("dp-0123456789-1") == "AROA0123456789ABCDEF1:dp-0123456789-1"


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_every_arn_that_is_made_or_taken_is_of_the_issuers_partition(partition: str) -> None:
    arn = f"arn:{partition}:iam::{A}"
    request = RoleRequest(f"{arn}:role/daypass/reader", "dp-0123456789-1", "{}", (), (), 900)
    assert assumed_role_arn(request) == f"arn:{partition}:sts::{A}:assumed-role/reader/dp-0123456789-1"
    assert f'"arn:{partition}:s3:::acme-drop"' in listing_policy(partition, "acme-drop")
    check_policy_arn(f"arn:{partition}:iam::aws:policy/ReadOnlyAccess", partition=partition, account_id=A)
    check_policy_arn(f"{arn}:policy/partners/Read", partition=partition, account_id=A)
    for foreign in {"aws", "aws-cn", "aws-us-gov"} - {partition}:
        with pytest.raises(FieldError):
            check_policy_arn(f"arn:{foreign}:iam::aws:policy/ReadOnlyAccess", partition=partition, account_id=A)


@pytest.mark.parametrize(
    ("partition", "sign_in"),
    [
        ("aws", "signin.aws.amazon.com"),
        ("aws-cn", "signin.amazonaws.cn"),
        ("aws-us-gov", "signin.amazonaws-us-gov.com"),
    ],
)
def test_the_console_is_the_partitions_own(partition: str, sign_in: str) -> None:
    assert sign_in in str(CONSOLES[partition])
