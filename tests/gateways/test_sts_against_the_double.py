"""Minting against the enforcing stand-in: what comes back works, and its faults are told apart."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError

from grants.errors import StsError
from grants.gateways import sts_errors
from grants.gateways.aws import forget_clients
from grants.gateways.sts import get_federation_token
from grants.policy.render import render_policy
from grants.policy.scopes import BucketScope
from grants.values import FederationRequest, IssuerRef, Minted
from portal.embedded.aws import ACCOUNT_ID, RunningAws

pytest_plugins = ["tests.embedded.aws_fixtures"]

ISSUER = IssuerRef(ACCOUNT_ID, "aws", "us-east-1", f"arn:aws:iam::{ACCOUNT_ID}:user/daypass-issuer", "daypass-issuer")
POLICY = render_policy(BucketScope("aws", ("acme-drop",), "out/", ("s3:ListBucket", "s3:GetObject")))


@pytest.fixture(autouse=True)
def issue_worker(aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(aws.issuer_credentials_file))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(aws.issuer_config_file))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", aws.endpoint_url)
    forget_clients()
    yield
    forget_clients()


def mint(name: str) -> Minted:
    tags = (("daypass:grant", name[3:-2]), ("daypass:vendor", "acme"))
    return get_federation_token(issuer=ISSUER, request=FederationRequest(name, POLICY, (), tags, 3_600))


def test_what_was_minted_reads_what_was_granted_and_nothing_else(aws: RunningAws) -> None:
    given = mint("dp-GATEWAY001-1").credentials
    carol = boto3.client(
        "s3",
        endpoint_url=aws.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=given.access_key_id,
        aws_secret_access_key=given.secret_access_key,
        aws_session_token=given.session_token,
    )
    assert carol.get_object(Bucket="acme-drop", Key="out/report.csv")["Body"].read()
    for bucket, key in (("acme-drop", "private/payroll.csv"), ("shared-data", "partners/contoso/orders.csv")):
        with pytest.raises(ClientError) as refused:
            carol.get_object(Bucket=bucket, Key=key)
        assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_one_call_is_seen_and_all_three_sizes_come_back(aws: RunningAws) -> None:
    before = aws.control.last_sequence()
    minted = mint("dp-GATEWAY002-1")
    assert len(aws.control.calls(since=before, operation="GetFederationToken")) == 1
    assert minted.packed_policy_size
    assert minted.token_utilization
    assert minted.token_size
    assert minted.request_id


def test_an_older_sts_sends_no_sizes(aws: RunningAws) -> None:
    aws.control.add_fault("omit_sizes")
    minted = mint("dp-GATEWAY003-1")
    assert (minted.packed_policy_size, minted.token_utilization, minted.token_size) == (None, None, None)


FAULTS = [
    ("throttle", sts_errors.ThrottledError),  # before the mint
    ("internal_error", sts_errors.UnavailableError),  # who knows
    ("unavailable", sts_errors.UnavailableError),  # who knows
    ("invalid_client_token", sts_errors.KeysRefusedError),  # before
    ("expired_token", sts_errors.KeysExpiredError),  # before
    ("access_denied", sts_errors.AccessDeniedError),  # before
    ("region_disabled", sts_errors.RegionDisabledError),  # before
    ("signature_skew", sts_errors.ClockSkewError),  # before
    ("malformed_policy", sts_errors.PolicyMalformedError),  # before
    ("packed_policy_too_large", sts_errors.PolicyTooLargeError),  # before
    ("drop", sts_errors.AnswerLostError),  # not minted, but who knows
    ("lost_answer", sts_errors.AnswerLostError),  # minted
    ("malformed_xml", sts_errors.AnswerLostError),  # minted
]


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
def test_every_fault_is_told_apart_and_met_once(aws: RunningAws, fault: str, kind: type[StsError]) -> None:
    before = aws.control.last_sequence()
    aws.control.add_fault(fault, times=None)
    with pytest.raises(StsError) as refused:
        mint("dp-GATEWAY004-1")
    assert type(refused.value) is kind
    assert refused.value.__context__ is None
    assert len(aws.control.calls(since=before)) == 1
