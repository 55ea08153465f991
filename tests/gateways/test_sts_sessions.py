"""GetSessionToken and AssumeRole: what is sent, what comes back, and what is made of every way to fail."""

import re
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grants.errors import FieldError, StsError
from grants.gateways import aws, sts_errors
from grants.gateways.sts import assume_role, get_session_token
from grants.values import Minted, SessionRequest
from tests.gateways.canned_aws import (
    ISSUER,
    ROLE_ARN,
    ROLE_ID,
    ROLE_ISSUER,
    ROLE_REQUEST,
    SECRET,
    TOKEN,
    Answer,
    CannedAws,
    no,
    role_yes,
    session_yes,
)

pytest_plugins = ["tests.gateways.gateway_fixtures"]
SESSION_REQUEST = SessionRequest(3_600, "arn:aws:iam::111122223333:mfa/alice", "918273")


def session_token(**change: object) -> Minted:
    return get_session_token(issuer=ISSUER, request=replace(SESSION_REQUEST, **change))  # type: ignore[arg-type]  # one dict of several types


def role(**change: object) -> Minted:
    return assume_role(issuer=ROLE_ISSUER, request=replace(ROLE_REQUEST, **change))  # type: ignore[arg-type]  # one dict of several types


def refusal(call: Callable[[], Minted]) -> StsError:
    with pytest.raises(StsError) as refused:
        call()
    return refused.value


def test_a_session_token_is_asked_for_with_its_code(canned: CannedAws) -> None:
    canned.says(session_yes())
    session_token()
    assert canned.asked == [
        {
            "Action": "GetSessionToken",
            "Version": "2011-06-15",
            "DurationSeconds": "3600",
            "SerialNumber": "arn:aws:iam::111122223333:mfa/alice",
            "TokenCode": "918273",
        }
    ]


def test_without_a_device_only_the_seconds_are_sent(canned: CannedAws) -> None:
    canned.says(session_yes())
    session_token(serial="", code="")
    assert canned.asked == [{"Action": "GetSessionToken", "Version": "2011-06-15", "DurationSeconds": "3600"}]


def test_a_session_token_names_nobody_and_has_no_packed_size(canned: CannedAws) -> None:
    canned.says(session_yes())
    minted = session_token()
    assert (minted.credentials.secret_access_key, minted.credentials.session_token) == (SECRET, TOKEN)
    assert (minted.federated_user_arn, minted.federated_user_id, minted.packed_policy_size) == ("", "", None)
    assert (minted.token_utilization, minted.token_size) == (7, 812)
    assert minted.request_id == "c6104cbe-af31-11e0-8154-cbc7ccf896c7"


def test_exactly_what_was_approved_is_sent_to_the_role(canned: CannedAws) -> None:
    canned.says(role_yes(SourceIdentity="alice@corp.example"))
    role()
    assert canned.asked == [
        {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": ROLE_ARN,
            "RoleSessionName": "dp-0123456789-1",
            "Policy": ROLE_REQUEST.policy,
            "PolicyArns.member.1.arn": ROLE_REQUEST.policy_arns[0],
            "DurationSeconds": "3600",
            "Tags.member.1.Key": "daypass:grant",
            "Tags.member.1.Value": "0123456789",
            "SourceIdentity": "alice@corp.example",
            "ExternalId": "canary-external-id",
        }
    ]


def test_a_role_answers_with_its_session_its_sizes_and_its_source_identity(canned: CannedAws) -> None:
    canned.says(role_yes(SourceIdentity="alice@corp.example"))
    minted = role()
    assert minted.federated_user_id == f"{ROLE_ID}:dp-0123456789-1"
    assert minted.federated_user_arn == "arn:aws:sts::111122223333:assumed-role/reader/dp-0123456789-1"  # no path
    assert minted.source_identity == "alice@corp.example"
    assert minted.packed_policy_size == 7


def test_what_is_empty_is_not_sent_to_the_role(canned: CannedAws) -> None:
    canned.says(role_yes())
    assert role(policy_arns=(), tags=(), source_identity="", external_id="").source_identity == ""
    assert set(canned.asked[0]) == {"Action", "Version", "RoleArn", "RoleSessionName", "Policy", "DurationSeconds"}


UNSENT: list[Callable[[], Minted]] = [
    lambda: session_token(seconds=129_601),  # longer than 36 hours
    lambda: session_token(code=""),  # a device without a code
    lambda: session_token(code="12345a"),  # never to AWS, where it would count as a try
    lambda: role(seconds=43_201),  # longer than twelve hours
    lambda: role(policy="", policy_arns=()),  # all that the role may
    lambda: role(role_arn="arn:aws:iam::111122223333:role/admin"),  # not the role that was approved
]


@pytest.mark.parametrize("call", UNSENT)
def test_what_is_beyond_the_limits_is_never_sent(canned: CannedAws, call: Callable[[], Minted]) -> None:
    with pytest.raises(FieldError):
        call()
    assert canned.asked == []


SESSION_REFUSALS = [
    # AWS's code, status, whether a code was sent, what is made of it
    ("AccessDenied", 403, True, sts_errors.MfaRefusedError),  # it needs no permission: only the code can be wrong
    ("AccessDenied", 403, False, sts_errors.AccessDeniedError),  # session keys, or an organisation's policy
    ("InvalidClientTokenId", 403, True, sts_errors.KeysRefusedError),  # the keys before the code
    ("ExpiredToken", 400, True, sts_errors.KeysExpiredError),  # the same
    ("ValidationError", 400, True, sts_errors.RequestRefusedError),  # a limit that we do not know
    ("Throttling", 400, True, sts_errors.ThrottledError),  # too fast
    ("RegionDisabledException", 403, True, sts_errors.RegionDisabledError),  # the account's
]


@pytest.mark.parametrize(("code", "status", "with_code", "kind"), SESSION_REFUSALS)
def test_a_refused_session_token_has_its_class(
    canned: CannedAws, code: str, status: int, *, with_code: bool, kind: type[StsError]
) -> None:
    canned.says(no(code, status))
    refused = refusal(session_token if with_code else lambda: session_token(serial="", code=""))
    assert type(refused) is kind
    assert code in refused.detail
    assert len(canned.asked) == 1  # a second call would spend a second code


def test_a_refused_code_tells_nothing_about_the_issuer_and_is_not_kept(canned: CannedAws) -> None:
    canned.says(no("AccessDenied", 403, message="MultiFactorAuthentication failed with 918273"))
    refused = refusal(session_token)
    assert refused.code == "sts_mfa_refused"
    assert not any((refused.opens_circuit, refused.proves_issuer, refused.retryable, refused.may_have_minted))
    assert "918273" not in "".join(traceback.format_exception(refused))
    assert "c6104cbe" in refused.detail


ROLE_REFUSALS = [
    # AWS's code, status, seconds asked for, what is made of it
    ("AccessDenied", 403, 3_600, sts_errors.AccessDeniedError),  # trust, external ID, permission: AWS does not say
    ("ValidationError", 400, 3_601, sts_errors.RoleSecondsError),  # MaxSessionDuration, or a chained role's hour
    ("ValidationError", 400, 3_600, sts_errors.RequestRefusedError),  # every role gives an hour: something else
    ("MalformedPolicyDocument", 400, 43_200, sts_errors.PolicyMalformedError),  # the template's fault
    ("PackedPolicyTooLarge", 400, 43_200, sts_errors.PolicyTooLargeError),  # the same
    ("RegionDisabledException", 403, 43_200, sts_errors.RegionDisabledError),  # the account's
    ("InternalFailure", 500, 3_600, sts_errors.UnavailableError),  # AWS's own fault
]


@pytest.mark.parametrize(("code", "status", "seconds", "kind"), ROLE_REFUSALS)
def test_a_refused_role_has_its_class(
    canned: CannedAws, code: str, status: int, seconds: int, kind: type[StsError]
) -> None:
    canned.says(no(code, status))
    refused = refusal(lambda: role(seconds=seconds))
    assert type(refused) is kind
    assert code in refused.detail
    assert len(canned.asked) == 1


UNUSABLE: list[tuple[Answer, Callable[[], Minted]]] = [
    (session_yes(SecretAccessKey=None), session_token),  # missing
    (session_yes(Expiration="2999-12-31T23:59:59Z"), session_token),  # longer than asked
    (role_yes(), role),  # without the source identity that was asked for
    (role_yes(SourceIdentity="mallory"), role),  # somebody else's
    (role_yes(FederatedUserId="AROA9999999999999999:dp-0123456789-1"), role),  # the role was made again: another id
    (role_yes(FederatedUserId=f"{ROLE_ID}:dp-9999999999-1"), role),  # another session
    (role_yes(Arn="arn:aws:sts::111122223333:assumed-role/admin/dp-0123456789-1"), role),  # another role
    (role_yes(Arn=None), role),  # missing
]


@pytest.mark.parametrize(("answer", "call"), UNUSABLE)
def test_a_yes_that_cannot_be_used_may_have_minted(
    canned: CannedAws, answer: Answer, call: Callable[[], Minted]
) -> None:
    canned.says(answer)
    refused = refusal(call)
    assert type(refused) is sts_errors.AnswerUnusableError
    assert refused.may_have_minted
    assert refused.__context__ is None
    assert not re.search(f"{SECRET}|{TOKEN}|canary-external-id", "".join(traceback.format_exception(refused)))


def test_a_role_whose_id_nobody_knows_yet_answers_with_some_role_id(canned: CannedAws) -> None:
    canned.says(role_yes(SourceIdentity="alice@corp.example"))
    unknown = replace(ROLE_ISSUER, role_id="")
    assert assume_role(issuer=unknown, request=ROLE_REQUEST).federated_user_id.startswith(ROLE_ID)
    canned.says(role_yes(FederatedUserId="111122223333:dp-0123456789-1", SourceIdentity="alice@corp.example"))
    assert isinstance(
        refusal(lambda: assume_role(issuer=unknown, request=ROLE_REQUEST)), sts_errors.AnswerUnusableError
    )


def test_refused_keys_are_forgotten_by_every_operation(canned: CannedAws) -> None:
    for call in (session_token, role):
        canned.says(no("InvalidClientTokenId", 403))
        before = aws.sts_client(profile=ISSUER.profile, region=ISSUER.region)
        assert isinstance(refusal(call), sts_errors.KeysRefusedError)
        assert aws.sts_client(profile=ISSUER.profile, region=ISSUER.region) is not before


def test_the_external_id_stands_in_the_profile_and_in_no_row(canned: CannedAws, tmp_path: Path) -> None:
    canned.says(role_yes(SourceIdentity="alice@corp.example"))
    (tmp_path / "config").write_text("[profile issuer]\nexternal_id = from-the-file\n")
    aws.forget_clients()
    role(external_id="")
    assert canned.asked[0]["ExternalId"] == "from-the-file"


def test_an_external_id_that_aws_would_refuse_is_refused_before_the_call(canned: CannedAws, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile issuer]\nexternal_id = not an id\n")
    aws.forget_clients()
    with pytest.raises(FieldError) as refused:
        role(external_id="")
    assert (refused.value.field, canned.asked) == ("external_id", [])


@pytest.mark.parametrize(("ahead", "noted"), [(0, 0), (-45, 45), (None, None)])
def test_an_answer_says_how_far_ahead_our_clock_is(canned: CannedAws, ahead: int | None, noted: int | None) -> None:
    status, body, _ = session_yes()
    canned.says((status, body, no("Date", ahead=ahead)[2]))
    clock_ahead = session_token().clock_ahead
    assert clock_ahead == noted if noted is None else abs((clock_ahead or 0) - noted) <= 2
