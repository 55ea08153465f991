"""GetSessionToken with an MFA device: formats, pairing, whose device, and that a code works once."""

import time

import pytest

from portal.embedded.aws import RunningAws
from portal.embedded.aws.double_register import totp_code
from tests.embedded.aws_people import AwsClient, issuer, refusal, session, with_profile

pytest_plugins = ["tests.embedded.aws_fixtures"]
DENIED = (403, "AccessDenied")
INVALID = (400, "ValidationError")
ORDERS = {"Bucket": "shared-data", "Key": "partners/contoso/orders.csv"}


@pytest.fixture
def sts(aws: RunningAws) -> AwsClient:
    return with_profile(aws, "sts", "alice-mfa")


def code(aws: RunningAws, offset: int = 0) -> str:
    return totp_code(aws.seeded.mfa_seed, now=time.time(), offset=offset)


def test_the_code_of_rfc_6238_is_what_a_device_shows() -> None:
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the RFC's own test vectors
    assert [totp_code(seed, now=now) for now in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


def test_a_session_with_a_code_reads_and_the_raw_keys_do_not(aws: RunningAws, sts: AwsClient) -> None:
    given = sts.get_session_token(SerialNumber=aws.seeded.mfa_serial, TokenCode=code(aws), DurationSeconds=900)
    assert session(aws, given).get_object(**ORDERS)
    assert refusal(with_profile(aws, "s3", "alice-mfa").get_object, **ORDERS) == DENIED


def test_a_code_works_once(aws: RunningAws, sts: AwsClient) -> None:
    parameters = {"SerialNumber": aws.seeded.mfa_serial, "TokenCode": code(aws, offset=1)}
    assert sts.get_session_token(**parameters)["Credentials"]
    assert refusal(sts.get_session_token, **parameters) == DENIED


def test_an_old_code_is_refused(aws: RunningAws, sts: AwsClient) -> None:
    call = sts.get_session_token
    assert refusal(call, SerialNumber=aws.seeded.mfa_serial, TokenCode=code(aws, offset=-20)) == DENIED


def test_serial_and_code_come_together(aws: RunningAws, sts: AwsClient) -> None:
    assert refusal(sts.get_session_token, SerialNumber=aws.seeded.mfa_serial) == DENIED
    assert refusal(sts.get_session_token, TokenCode="123456") == DENIED


def test_somebody_elses_device_is_refused(aws: RunningAws, sts: AwsClient) -> None:
    parameters = {"SerialNumber": aws.seeded.mfa_serial, "TokenCode": code(aws)}
    assert refusal(issuer(aws).get_session_token, **parameters) == DENIED
    parameters["SerialNumber"] = "arn:aws:iam::111122223333:mfa/mallory"
    assert refusal(sts.get_session_token, **parameters) == DENIED


@pytest.mark.parametrize(
    "change",
    [{"TokenCode": "12345"}, {"TokenCode": "12345a"}, {"TokenCode": "١٢٣٤٥٦"}, {"SerialNumber": "short"}],
    ids=["five digits", "a letter", "digits of another script", "a short serial"],
)
def test_a_malformed_serial_or_code_is_refused(aws: RunningAws, sts: AwsClient, change: dict[str, str]) -> None:
    parameters = {"SerialNumber": aws.seeded.mfa_serial, "TokenCode": "123456"} | change
    assert refusal(sts.get_session_token, **parameters) == INVALID
