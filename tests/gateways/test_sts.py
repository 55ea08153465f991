"""Minting: what is sent, what comes back, and what is made of every way to fail."""

import re
import socket
import time
import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grants.errors import FieldError, StsError
from grants.gateways import aws, sts_errors
from grants.gateways.sts import get_federation_token
from tests.gateways.canned_aws import ISSUER, LONG_TERM_SECRET, REQUEST, SECRET, TOKEN, CannedAws, no, use_aws, yes

pytest_plugins = ["tests.gateways.gateway_fixtures"]


def refusal() -> StsError:
    with pytest.raises(StsError) as refused:
        get_federation_token(issuer=ISSUER, request=REQUEST)
    return refused.value


def test_exactly_what_was_approved_is_sent(canned: CannedAws) -> None:
    get_federation_token(issuer=ISSUER, request=REQUEST)
    assert canned.asked == [
        {
            "Action": "GetFederationToken",
            "Version": "2011-06-15",
            "Name": REQUEST.name,
            "Policy": REQUEST.policy,
            "PolicyArns.member.1.arn": REQUEST.policy_arns[0],
            "DurationSeconds": "3600",
            "Tags.member.1.Key": "daypass:grant",
            "Tags.member.1.Value": "0123456789",
            "Tags.member.2.Key": "daypass:vendor",
            "Tags.member.2.Value": "Größe",
        }
    ]


def test_what_is_empty_is_not_sent(canned: CannedAws) -> None:
    get_federation_token(issuer=ISSUER, request=replace(REQUEST, policy="", tags=()))
    assert set(canned.asked[0]) == {"Action", "Version", "Name", "PolicyArns.member.1.arn", "DurationSeconds"}


def test_everything_sts_says_comes_back(canned: CannedAws) -> None:
    ends = datetime.now(tz=UTC).replace(microsecond=0) + timedelta(minutes=50)
    canned.says(yes(Expiration=ends.isoformat()))
    minted = get_federation_token(issuer=ISSUER, request=REQUEST)
    assert minted.credentials.access_key_id == "ASIACANARY0000000000"
    assert (minted.credentials.secret_access_key, minted.credentials.session_token) == (SECRET, TOKEN)
    assert minted.credentials.expiration == ends  # STS's end, not ours
    assert minted.federated_user_arn == "arn:aws:sts::111122223333:federated-user/dp-0123456789-1"
    assert minted.federated_user_id == "111122223333:dp-0123456789-1"
    assert minted.request_id == "c6104cbe-af31-11e0-8154-cbc7ccf896c7"
    assert (minted.packed_policy_size, minted.token_utilization, minted.token_size) == (7, 7, 812)


def test_a_size_that_is_not_sent_is_none_and_one_that_is_zero_is_zero(canned: CannedAws) -> None:
    canned.says(yes(PackedPolicySize="0", SessionTokenUtilization=None, SessionTokenSize=None))
    minted = get_federation_token(issuer=ISSUER, request=REQUEST)
    assert (minted.packed_policy_size, minted.token_utilization, minted.token_size) == (0, None, None)


def test_no_secret_is_in_the_repr_of_what_comes_back(canned: CannedAws) -> None:
    minted = get_federation_token(issuer=ISSUER, request=REQUEST)
    assert canned.asked
    assert "canary" not in repr(minted)


def test_what_is_beyond_the_limits_is_never_sent(canned: CannedAws) -> None:
    with pytest.raises(FieldError):
        get_federation_token(issuer=ISSUER, request=replace(REQUEST, name="x" * 33))
    assert canned.asked == []


ANSWERS = [
    # AWS's code, HTTP status, what is made of it
    ("MalformedPolicyDocument", 400, sts_errors.PolicyMalformedError),  # the template's fault
    ("PackedPolicyTooLarge", 400, sts_errors.PolicyTooLargeError),  # the same
    ("RegionDisabledException", 403, sts_errors.RegionDisabledError),  # the account's
    ("AccessDenied", 403, sts_errors.AccessDeniedError),  # permissions, or session keys
    ("InvalidClientTokenId", 403, sts_errors.KeysRefusedError),  # unknown or inactive key
    ("SignatureDoesNotMatch", 403, sts_errors.KeysRefusedError),  # wrong secret, clocks agree
    ("ExpiredToken", 400, sts_errors.KeysExpiredError),  # session keys that ended
    ("ExpiredTokenException", 400, sts_errors.KeysExpiredError),  # under its other name
    ("ValidationError", 400, sts_errors.RequestRefusedError),  # a limit that we do not know
    ("SomethingNew", 418, sts_errors.RequestRefusedError),  # a code that nobody knows
    ("", 400, sts_errors.RequestRefusedError),  # none at all
    ("Throttling", 400, sts_errors.ThrottledError),  # too fast
    ("Throttling", 503, sts_errors.ThrottledError),  # the same under another status: the code decides
    ("InternalFailure", 500, sts_errors.UnavailableError),  # AWS's own fault
    ("ServiceUnavailable", 503, sts_errors.UnavailableError),  # the same
]
TO_BE_TRIED_AGAIN = {sts_errors.ThrottledError, sts_errors.UnavailableError}


@pytest.mark.parametrize(("code", "status", "kind"), ANSWERS)
def test_every_refusal_has_its_class(canned: CannedAws, code: str, status: int, kind: type[StsError]) -> None:
    canned.says(no(code, status))
    refused = refusal()
    assert type(refused) is kind
    assert refused.retryable is (kind in TO_BE_TRIED_AGAIN)
    assert refused.may_have_minted is (kind is sts_errors.UnavailableError)
    assert (code or "no code") in refused.detail
    assert "c6104cbe" in refused.detail
    assert len(canned.asked) == 1  # never again by itself


def test_awss_words_are_kept_only_where_they_help(canned: CannedAws) -> None:
    canned.says(no("AccessDenied", 403, message="not authorized to perform: sts:TagSession\n"))
    assert refusal().detail.endswith("): not authorized to perform: sts:TagSession")
    canned.says(no("SignatureDoesNotMatch", 403, message="canary"))
    assert "canary" not in refusal().detail


def test_long_words_are_cut(canned: CannedAws) -> None:
    canned.says(no("MalformedPolicyDocument", message="x" * 9_000))
    assert len(refusal().detail) == 300


CLOCKS = [
    (3_600, -3_600),  # ours an hour behind
    (-3_600, 3_600),  # ours an hour ahead
    (75, -75),  # a little more than a minute
    (30, None),  # half a minute explains no wrong signature
    (None, None),  # AWS does not say
]


@pytest.mark.parametrize(("ahead", "seconds"), CLOCKS)
def test_a_wrong_clock_is_told_from_a_wrong_key(canned: CannedAws, ahead: int | None, seconds: int | None) -> None:
    canned.says(no("SignatureDoesNotMatch", 403, ahead=ahead))
    refused = refusal()
    if seconds is None:
        assert type(refused) is sts_errors.KeysRefusedError
        return
    assert isinstance(refused, sts_errors.ClockSkewError)
    assert abs(refused.seconds - seconds) <= 2
    assert not refused.may_have_minted


def test_a_date_that_is_none_is_no_clock(canned: CannedAws) -> None:
    status, body, _ = no("SignatureDoesNotMatch", 403)
    canned.says((status, body, {"Date": "yesterday"}))
    assert type(refusal()) is sts_errors.KeysRefusedError


UNUSABLE = [
    {"AccessKeyId": None},  # missing
    {"SecretAccessKey": None},  # missing
    {"SessionToken": None},  # missing
    {"Expiration": None},  # missing
    {"FederatedUserId": None},  # missing
    {"Arn": None},  # missing
    {"AccessKeyId": ""},  # empty
    {"AccessKeyId": "A" * 129},  # longer than AWS's are
    {"SecretAccessKey": "x$(reboot)x"},  # people paste it into shells
    {"SessionToken": "two words"},  # the same
    {"Expiration": "soon"},  # no time
    {"Expiration": "1999-12-31T23:59:59Z"},  # over
    {"Expiration": "2999-12-31T23:59:59Z"},  # longer than approved
    {"FederatedUserId": "111122223333:dp-9999999999-1"},  # somebody else's
    {"FederatedUserId": "444455556666:dp-0123456789-1"},  # another account's
    {"Arn": "arn:aws-cn:sts::111122223333:federated-user/dp-0123456789-1"},  # another partition's
    {"PackedPolicySize": "-1"},  # less than nothing
    {"PackedPolicySize": "many"},  # no number
    {"SessionTokenSize": "99999999999999999999"},  # more than a column holds
]


@pytest.mark.parametrize("change", UNUSABLE)
def test_a_yes_that_cannot_be_used_may_have_minted(canned: CannedAws, change: dict[str, str | None]) -> None:
    canned.says(yes(**change))
    refused = refusal()
    assert type(refused) is sts_errors.AnswerUnusableError
    assert refused.may_have_minted
    assert not refused.retryable


BODIES = [
    # what came back with a 200, and what is made of it
    (b"", sts_errors.AnswerLostError),  # nothing
    (
        b"<GetFederationTokenResponse><GetFederationTokenResult/></GetFederationTokenResponse>",
        sts_errors.AnswerUnusableError,
    ),
    (b"<html><body>Welcome to Hotel Wi-Fi</body></html>", sts_errors.AnswerUnusableError),  # somebody else's page
    (b"<", sts_errors.AnswerLostError),  # hardly anything
    (yes()[1][: len(yes()[1]) // 2], sts_errors.AnswerLostError),  # half of it, the secret included
    (b'{"Credentials": {}}', sts_errors.AnswerLostError),  # another language
]


@pytest.mark.parametrize(("body", "kind"), BODIES)
def test_a_yes_that_nobody_can_read_may_have_minted(canned: CannedAws, body: bytes, kind: type[StsError]) -> None:
    canned.says((200, body, {}))
    refused = refusal()
    assert type(refused) is kind
    assert refused.may_have_minted


def test_a_problem_that_is_no_xml_is_still_a_problem_of_awss(canned: CannedAws) -> None:
    canned.says((502, b"<html>Bad Gateway</html>", {}))
    assert type(refusal()) is sts_errors.UnavailableError


def test_an_answer_cut_off_by_the_network_may_have_minted(canned: CannedAws) -> None:
    status, body, _ = yes()
    canned.says((status, body[:200], {"Content-Length": str(len(body))}))
    refused = refusal()
    assert type(refused) is sts_errors.AnswerLostError
    assert (refused.retryable, refused.may_have_minted) == (True, True)


def test_no_refusal_carries_a_secret_along(canned: CannedAws) -> None:
    status, body, _ = yes(Expiration="soon")
    for answer in (yes(Expiration="soon"), (status, body[:-40], {}), yes(Arn=None), no("AccessDenied", 403)):
        canned.says(answer)
        refused = refusal()
        assert refused.__context__ is None
        assert refused.__cause__ is None
        said = "".join(traceback.format_exception(refused))
        assert not re.search(f"{SECRET}|{TOKEN}|{LONG_TERM_SECRET}", said)


def test_where_nobody_listens_nothing_is_minted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket() as nobody:  # bound, but not listening
        nobody.bind(("127.0.0.1", 0))
        use_aws(monkeypatch, tmp_path, f"http://127.0.0.1:{nobody.getsockname()[1]}")
        refused = refusal()
    aws.forget_clients()
    assert type(refused) is sts_errors.UnreachableError
    assert (refused.retryable, refused.may_have_minted) == (True, False)


def test_an_answer_that_is_too_late_may_have_minted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the request and never speaks
        use_aws(monkeypatch, tmp_path, f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = datetime.now(tz=UTC)
        refused = refusal()
    aws.forget_clients()
    assert timedelta(seconds=9) < datetime.now(tz=UTC) - began < timedelta(seconds=13)
    assert type(refused) is sts_errors.AnswerLostError
    assert (refused.retryable, refused.may_have_minted) == (True, True)


def test_a_connection_that_aws_closed_while_idle_costs_no_attempt(canned: CannedAws) -> None:
    canned.hangs_up = True  # after its answer, without announcing it
    for _ in range(3):
        get_federation_token(issuer=ISSUER, request=REQUEST)
        time.sleep(0.05)
    assert len(canned.asked) == 3


def test_an_unknown_profile_is_a_missing_key(canned: CannedAws) -> None:
    with pytest.raises(sts_errors.KeysMissingError):
        get_federation_token(issuer=replace(ISSUER, profile="nobody"), request=REQUEST)
    assert canned.asked == []


def test_rotated_keys_are_read_after_the_old_ones_were_refused(canned: CannedAws, tmp_path: Path) -> None:
    canned.says(no("InvalidClientTokenId", 403))
    refusal()
    (tmp_path / "credentials").write_text("[issuer]\naws_access_key_id=AKIANEW\naws_secret_access_key=new\n")
    canned.says(yes())
    get_federation_token(issuer=ISSUER, request=REQUEST)
    client = aws.sts_client(profile=ISSUER.profile, region=ISSUER.region)
    assert client._request_signer._credentials.access_key == "AKIANEW"  # type: ignore[attr-defined]  # only there at run time


def test_one_client_serves_a_profile_and_region(canned: CannedAws) -> None:
    assert canned.url
    first = aws.sts_client(profile="issuer", region="eu-central-1")
    assert aws.sts_client(profile="issuer", region="eu-central-1") is first
    assert aws.sts_client(profile="issuer", region="us-east-1") is not first
    assert aws.sts_client(profile="revoker", region="eu-central-1") is not first


def test_every_refusal_has_a_code_and_a_sentence_of_its_own() -> None:
    kinds = [kind for kind in StsError.__subclasses__() if kind.__module__ == "grants.gateways.sts_errors"]
    assert len({kind.code for kind in kinds}) == len(kinds) == 17
    assert len({kind.sentence for kind in kinds}) == len(kinds)
    assert all(kind.way_on and len(kind.code) <= 60 for kind in kinds)
