"""Every fault that can be asked for, as the caller meets it."""

import datetime as dt
import time
import urllib.error
from email.utils import parsedate_to_datetime

import httpx
import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from portal.embedded.aws import RunningAws
from tests.embedded.aws_people import READ_OUT, deny, issuer, refusal, revoker

pytest_plugins = ["tests.embedded.aws_fixtures"]
MINT = {"Name": "dp-FAULT00001-1", "Policy": READ_OUT}
OPERATION = "GetFederationToken"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("throttle", (400, "Throttling")),
        ("internal_error", (500, "InternalFailure")),
        ("unavailable", (503, "ServiceUnavailable")),
        ("invalid_client_token", (403, "InvalidClientTokenId")),
        ("expired_token", (403, "ExpiredToken")),
        ("access_denied", (403, "AccessDenied")),
        ("region_disabled", (403, "RegionDisabledException")),
        ("signature_skew", (403, "SignatureDoesNotMatch")),
        ("malformed_policy", (400, "MalformedPolicyDocument")),
        ("packed_policy_too_large", (400, "PackedPolicyTooLarge")),
    ],
)
def test_the_next_call_meets_the_refusal_and_the_one_after_does_not(
    aws: RunningAws, kind: str, expected: tuple[int, str]
) -> None:
    aws.control.add_fault(kind, operation=OPERATION)
    call = issuer(aws).get_federation_token
    assert refusal(call, **MINT) == expected
    assert call(**MINT)["Credentials"]


def test_a_skewed_clock_shows_in_the_date(aws: RunningAws) -> None:
    aws.control.add_fault("signature_skew", operation=OPERATION, seconds=600)
    sts = issuer(aws)
    with pytest.raises(sts.exceptions.ClientError) as refused:
        sts.get_federation_token(**MINT)
    date = parsedate_to_datetime(refused.value.response["ResponseMetadata"]["HTTPHeaders"]["date"])
    assert 590 < (date - dt.datetime.now(dt.UTC)).total_seconds() < 610


def test_a_hanging_sts_is_given_up_and_has_minted_nothing(aws: RunningAws) -> None:
    aws.control.add_fault("hang", operation=OPERATION, seconds=5)
    since = aws.control.last_sequence()
    with pytest.raises(ReadTimeoutError):
        issuer(aws).get_federation_token(**MINT)
    assert [call["minted"] for call in aws.control.calls(since=since)] == [None]


def test_a_delayed_answer_arrives(aws: RunningAws) -> None:
    aws.control.add_fault("delay", operation=OPERATION, seconds=0.3)
    began = time.monotonic()
    assert issuer(aws).get_federation_token(**MINT)["Credentials"]
    assert time.monotonic() - began >= 0.3


def test_a_lost_answer_has_minted(aws: RunningAws) -> None:
    aws.control.add_fault("lost_answer", operation=OPERATION)
    since = aws.control.last_sequence()
    with pytest.raises(ConnectionClosedError):
        issuer(aws).get_federation_token(**MINT)
    (call,) = aws.control.calls(since=since)
    assert call["outcome"] == "lost"
    assert call["minted"].startswith("ASIA")


def test_a_dropped_connection_has_minted_nothing(aws: RunningAws) -> None:
    aws.control.add_fault("drop", operation=OPERATION)
    since = aws.control.last_sequence()
    with pytest.raises(ConnectionClosedError):
        issuer(aws).get_federation_token(**MINT)
    assert [call["outcome"] for call in aws.control.calls(since=since)] == ["no answer"]


def test_an_sts_without_sizes_sends_none_and_not_0(aws: RunningAws) -> None:
    aws.control.add_fault("omit_sizes", operation=OPERATION)
    minted = issuer(aws).get_federation_token(**MINT)
    assert not {"PackedPolicySize", "SessionTokenUtilization", "SessionTokenSize"} & minted.keys()
    assert minted["Credentials"]


def test_half_an_answer_cannot_be_read(aws: RunningAws) -> None:
    aws.control.add_fault("malformed_xml", operation=OPERATION)
    with pytest.raises(ResponseParserError):
        issuer(aws).get_federation_token(**MINT)


def test_a_full_inline_quota_is_met_on_the_iam_side(aws: RunningAws) -> None:
    aws.control.add_fault("limit_exceeded", operation="PutUserPolicy")
    put = {"UserName": "daypass-issuer", "PolicyName": "daypass-deny", "PolicyDocument": deny("x")}
    assert refusal(revoker(aws).put_user_policy, **put) == (409, "LimitExceeded")


def test_a_fault_lasts_as_many_calls_as_asked_or_until_cleared(aws: RunningAws) -> None:
    call = issuer(aws).get_federation_token
    aws.control.add_fault("throttle", operation=OPERATION, times=2)
    aws.control.add_fault("unavailable", operation=OPERATION, times=None)
    codes = [refusal(call, **MINT)[1] for _ in range(4)]
    assert codes == ["Throttling", "Throttling", "ServiceUnavailable", "ServiceUnavailable"]
    aws.control.clear_faults()
    assert call(**MINT)["Credentials"]


def test_a_fault_meets_its_own_operation_only(aws: RunningAws) -> None:
    aws.control.add_fault("throttle", operation="GetSessionToken")
    assert issuer(aws).get_federation_token(**MINT)["Credentials"]
    assert [fault["kind"] for fault in aws.control.faults()] == ["throttle"]


def test_an_unknown_fault_is_refused(aws: RunningAws) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        aws.control.add_fault("earthquake")


@pytest.mark.parametrize("headers", [{}, {"X-Daypass-Token": "guess"}], ids=["no token", "a wrong token"])
def test_the_control_endpoints_want_the_token(aws: RunningAws, headers: dict[str, str]) -> None:
    assert httpx.get(f"{aws.endpoint_url}/__daypass/calls", headers=headers, trust_env=False).status_code == 403


def test_the_control_endpoints_answer_to_no_foreign_host_name(aws: RunningAws) -> None:
    headers = {"X-Daypass-Token": aws.control.token, "Host": "evil.example:80"}
    assert httpx.get(f"{aws.endpoint_url}/__daypass/calls", headers=headers, trust_env=False).status_code == 403


@pytest.mark.parametrize("path", ["/_ministack/reset", "/_ministack/health", "/_localstack/health", "/health"])
def test_the_stand_ins_own_switches_are_out_of_reach(aws: RunningAws, path: str) -> None:
    assert httpx.post(aws.endpoint_url + path, trust_env=False).status_code == 404
    assert issuer(aws).get_caller_identity()["Account"] == "111122223333"
