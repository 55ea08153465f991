"""Every limit of the two calls is refused with AWS's code, and what is just inside it is not."""

import json
import secrets
from typing import Any

import pytest

from portal.embedded.aws import RunningAws
from tests.embedded.aws_people import READ_OUT, issuer, refusal

pytest_plugins = ["tests.embedded.aws_fixtures"]
NAME = "dp-LIMIT00001-1"
ARN = "arn:aws:iam::111122223333:policy/daypass-issuer-maximum"
INVALID = (400, "ValidationError")
MALFORMED = (400, "MalformedPolicyDocument")


def padded(length: int) -> str:
    return READ_OUT + " " * (length - len(READ_OUT))


def tags(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs]


def statement(**parts: object) -> str:
    plain = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    whole = {key: value for key, value in (plain | parts).items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [whole]})


REFUSED: list[tuple[str, dict[str, Any], tuple[int, str]]] = [
    ("no name", {"Name": None}, INVALID),
    ("a name of one character", {"Name": "d"}, INVALID),
    ("a name of 33", {"Name": "dp-" + "x" * 30}, INVALID),
    ("a name with a letter outside ASCII", {"Name": "dp-é"}, INVALID),
    ("a name with a star", {"Name": "dp-*"}, INVALID),
    ("an empty policy", {"Policy": ""}, INVALID),
    ("a policy of 2,049 characters, white space included", {"Policy": padded(2049)}, INVALID),
    ("a policy with a character beyond U+00FF", {"Policy": READ_OUT.replace("out", "öut\u0100")}, INVALID),
    ("a policy that is no JSON", {"Policy": "{"}, MALFORMED),
    ("a policy without statements", {"Policy": '{"Version":"2012-10-17","Statement":[]}'}, MALFORMED),
    ("a policy of an unknown version", {"Policy": READ_OUT.replace("2012-10-17", "2026-01-01")}, MALFORMED),
    ("a policy that names a principal", {"Policy": statement(Principal="*")}, MALFORMED),
    ("a policy without actions", {"Policy": statement(Action=None)}, MALFORMED),
    ("a policy without resources", {"Policy": statement(Resource=None)}, MALFORMED),
    ("a policy with an unknown effect", {"Policy": statement(Effect="Perhaps")}, MALFORMED),
    ("11 ARNs", {"PolicyArns": [{"arn": ARN}] * 11}, INVALID),
    ("a short ARN", {"PolicyArns": [{"arn": "arn:aws:iam::1"}]}, INVALID),
    ("an ARN that names no policy", {"PolicyArns": [{"arn": ARN + "-not"}]}, INVALID),
    ("policy and ARNs over 2,048 together", {"Policy": padded(2000), "PolicyArns": [{"arn": ARN}]}, INVALID),
    ("51 tags", {"Tags": tags(*((f"key{n}", "v") for n in range(51)))}, INVALID),
    ("a tag without a key", {"Tags": tags(("", "v"))}, INVALID),
    ("a tag key of 129", {"Tags": tags(("k" * 129, "v"))}, INVALID),
    ("a tag value of 257", {"Tags": tags(("k", "v" * 257))}, INVALID),
    ("a tag key with a quote", {"Tags": tags(('k"', "v"))}, INVALID),
    ("a tag value with a line break", {"Tags": tags(("k", "a\nb"))}, INVALID),
    ("two tag keys that differ in case only", {"Tags": tags(("k", "1"), ("K", "2"))}, (400, "InvalidParameterValue")),
    ("899 seconds", {"DurationSeconds": 899}, INVALID),
    ("129,601 seconds", {"DurationSeconds": 129_601}, INVALID),
    ("a token of 4,097 bytes asked for", {"MinimumSessionTokenSize": 4097}, INVALID),
]


@pytest.mark.parametrize(("case", "change", "expected"), REFUSED, ids=[case for case, _, _ in REFUSED])
def test_a_federation_request_outside_its_limits_is_refused(
    aws: RunningAws, case: str, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    request = {"Name": NAME, "Policy": READ_OUT} | change
    call = issuer(aws).get_federation_token
    assert refusal(call, **{key: value for key, value in request.items() if value is not None}) == expected, case


TAKEN: list[tuple[str, dict[str, Any]]] = [
    ("a name of 32", {"Name": "dp-" + "x" * 29}),
    ("every character a name may have", {"Name": "dp-_+=,.@-"}),
    ("2,048 characters", {"Policy": padded(2048)}),
    ("an umlaut within U+00FF", {"Policy": READ_OUT.replace("out/", "öut/")}),
    ("ten ARNs and no policy", {"Policy": None, "PolicyArns": [{"arn": ARN}] * 10}),
    ("50 tags", {"Tags": tags(*((f"key{n}", "v") for n in range(50)))}),
    ("letters and spaces of any script in a tag", {"Tags": tags(("Ключ k_.:/=+-@", "値 é"))}),
    ("an empty tag value", {"Tags": tags(("k", ""))}),
    ("900 seconds", {"DurationSeconds": 900}),
    ("129,600 seconds", {"DurationSeconds": 129_600}),
]


@pytest.mark.parametrize(("case", "change"), TAKEN, ids=[case for case, _ in TAKEN])
def test_a_federation_request_just_inside_its_limits_is_taken(
    aws: RunningAws, case: str, change: dict[str, Any]
) -> None:
    request = {"Name": NAME, "Policy": READ_OUT} | change
    minted = issuer(aws).get_federation_token(**{key: value for key, value in request.items() if value is not None})
    assert minted["FederatedUser"]["FederatedUserId"] == f"111122223333:{request['Name']}", case


def test_several_faults_are_told_in_one_sentence(aws: RunningAws) -> None:
    sts = issuer(aws)
    with pytest.raises(
        sts.exceptions.ClientError, match=r"2 validation errors detected: .* at 'name' .* at 'durationS"
    ):
        sts.get_federation_token(Name="d", DurationSeconds=1)


def test_the_three_sizes_are_told_and_grow_with_what_is_packed(aws: RunningAws) -> None:
    sts = issuer(aws)
    small = sts.get_federation_token(Name=NAME, Policy=READ_OUT)
    large = sts.get_federation_token(Name=NAME, Policy=READ_OUT, Tags=tags(("k", secrets.token_hex(100))))
    assert 0 < small["SessionTokenSize"] < large["SessionTokenSize"] <= 4096
    assert 0 < small["PackedPolicySize"] == small["SessionTokenUtilization"] < large["PackedPolicySize"] <= 100
    again = sts.get_federation_token(Name=NAME, Policy=READ_OUT)
    assert again["SessionTokenSize"] == small["SessionTokenSize"]


def test_a_session_token_has_sizes_too(aws: RunningAws) -> None:
    given = issuer(aws).get_session_token(DurationSeconds=900)
    assert given["SessionTokenSize"] > 0 < given["SessionTokenUtilization"]


def test_what_packs_to_more_than_4096_bytes_is_too_large(aws: RunningAws) -> None:
    many = tags(*((secrets.token_hex(60), secrets.token_hex(120)) for _ in range(50)))
    call = issuer(aws).get_federation_token
    assert refusal(call, Name=NAME, Policy=READ_OUT, Tags=many) == (400, "PackedPolicyTooLarge")


def test_tags_need_their_own_permission(aws: RunningAws) -> None:
    call = issuer(aws).get_federation_token
    register = aws.issuer_credentials_file.parent.parent / "register.json"
    before = register.read_text()
    register.write_text(before.replace('"sts:TagSession"', '"sts:Other"'))
    try:
        assert refusal(call, Name=NAME, Policy=READ_OUT, Tags=tags(("k", "v"))) == (403, "AccessDenied")
        assert call(Name=NAME, Policy=READ_OUT)["Credentials"]
    finally:
        register.write_text(before)
