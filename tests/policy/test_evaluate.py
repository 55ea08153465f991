"""What would this allow: the statement that decides is named, and what cannot be judged is never taken for a yes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.policy.evaluate import Request, evaluate, s3_request
from tests.policy.policies import BUCKET, FOLDER, LISTING, READ, allow, deny, policy, when

READING = s3_request("s3:GetObject", "acme-drop", "in/report.csv", source_ip="203.0.113.7")
KEYS = {
    "aws:CurrentTime": ("2026-06-01T12:00:00Z",),
    "aws:EpochTime": ("1780315200",),
    "aws:SourceIp": ("203.0.113.7",),
    "aws:SecureTransport": ("true",),
    "aws:PrincipalArn": ("arn:aws:sts::111122223333:federated-user/dp-1",),
    "aws:userid": ("111122223333:dp-1",),
    "aws:CalledVia": ("athena.amazonaws.com", "glue.amazonaws.com"),
    "s3:TlsVersion": ("1.2",),
    "s3:prefix": ("in/a*b",),
}
HOLDS = [
    ("StringEquals", "s3:prefix", "in/a*b", True),
    ("StringEquals", "s3:prefix", "in/*", False),  # no wildcard there
    ("StringEquals", "S3:PREFIX", "in/a*b", True),
    ("StringEqualsIgnoreCase", "s3:prefix", "IN/A*B", True),
    ("StringNotEquals", "s3:prefix", ["x", "in/a*b"], False),
    ("StringNotEquals", "s3:delimiter", "/", True),  # absent: a negation holds
    ("StringEquals", "s3:delimiter", "/", False),
    ("StringEqualsIfExists", "s3:delimiter", "/", True),
    ("StringEqualsIfExists", "s3:prefix", "out/", False),
    ("StringLike", "s3:prefix", "in/?*", True),
    ("StringLike", "s3:prefix", "in/${*}", False),  # a star that is a star
    ("StringLike", "s3:prefix", "in/a${*}b", True),
    ("StringLike", "aws:userid", "111122223333:dp-*", True),
    ("StringEquals", "aws:userid", "${aws:userid}", True),
    ("StringEquals", "aws:userid", "${aws:username}", False),  # without a value it is nothing
    ("StringEquals", "s3:prefix", "${aws:username, 'in/a*b'}", True),
    ("StringNotLike", "s3:prefix", "out/*", True),
    ("Bool", "aws:SecureTransport", "TRUE", True),
    ("Bool", "aws:SecureTransport", "false", False),
    ("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "203.0.113.0/24"], True),
    ("IpAddress", "aws:SourceIp", "2001:db8::/32", False),
    ("NotIpAddress", "aws:SourceIp", "203.0.113.7", False),
    ("Null", "s3:prefix", "false", True),
    ("Null", "s3:delimiter", "true", True),
    ("Null", "s3:prefix", "true", False),
    ("NumericGreaterThanEquals", "s3:TlsVersion", "1.2", True),
    ("NumericLessThan", "s3:TlsVersion", "1.2", False),
    ("NumericNotEquals", "s3:TlsVersion", "1.3", True),
    ("DateLessThan", "aws:CurrentTime", "2026-06-01T15:00:00+02:00", True),
    ("DateLessThan", "aws:CurrentTime", "2026-06-01T14:00:00+02:00", False),
    ("DateLessThan", "aws:CurrentTime", "2026-06-01T09:30:00-03:00", True),
    ("DateGreaterThan", "aws:EpochTime", "2026-01-01", True),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:sts::111122223333:federated-user/dp-*", True),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:sts*", False),  # a star runs over no colon
    ("ArnNotEquals", "aws:PrincipalArn", "arn:aws:sts::999988887777:federated-user/*", True),
    ("ForAnyValue:StringEquals", "aws:CalledVia", "glue.amazonaws.com", True),
    ("ForAllValues:StringEquals", "aws:CalledVia", "glue.amazonaws.com", False),
    ("ForAllValues:StringLike", "aws:CalledVia", "*.amazonaws.com", True),
    ("ForAllValues:StringEquals", "aws:TagKeys", "x", True),  # none at all
    ("ForAnyValue:StringEquals", "aws:TagKeys", "x", False),
    ("ForAnyValue:StringNotEquals", "aws:TagKeys", "x", False),  # a negation, but of some value
    ("ForAnyValue:StringNotEquals", "aws:CalledVia", "glue.amazonaws.com", True),
    ("ForAllValues:StringNotEquals", "aws:CalledVia", "glue.amazonaws.com", False),
]
UNKNOWN = [
    ("BinaryEquals", "s3:prefix", "aW4v"),
    ("StringEqual", "s3:prefix", "in/a*b"),
    ("IpAddress", "aws:SourceIp", "203.0.113.0/33"),
    ("DateLessThan", "aws:CurrentTime", "tomorrow"),
    ("Bool", "aws:SecureTransport", "yes"),
    ("NumericEquals", "s3:prefix", "1"),  # the request's own value is no number
]


@pytest.mark.parametrize(("operator", "key", "value", "expected"), HOLDS)
def test_a_condition_holds_as_iam_says(operator: str, key: str, value: object, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    asked = Request("s3:GetObject", f"{BUCKET}/in/x", KEYS)
    assert evaluate([when(operator, key, value)], asked).is_allowed is expected
    denying = policy(READ, deny("*", "*", {operator: {key: value}}))
    assert evaluate([denying], asked).is_allowed is not expected


@pytest.mark.parametrize(("operator", "key", "value"), UNKNOWN)
def test_what_cannot_be_judged_is_said_and_neither_allows_nor_lifts_a_deny(operator: str, key: str, value: str) -> None:
    asked = Request("s3:GetObject", f"{BUCKET}/in/x", KEYS)
    doubtful = evaluate([when(operator, key, value)], asked)
    assert not doubtful.is_allowed
    assert f"cannot judge: {operator} on {key}" in doubtful.notes[0]
    denying = evaluate([policy(READ, deny("*", "*", {operator: {key: value}}))], asked)
    assert (denying.is_allowed, denying.by) == (False, "statement 2")


def test_the_statement_that_decides_is_named_by_number_and_sid() -> None:
    text = policy(LISTING, READ | {"Sid": "Files"})
    assert evaluate([text], READING).sentence == "Allowed by statement 2 (Files)."
    assert evaluate([text, policy(deny("s3:Get*"))], READING).sentence == "Denied by policy 2, statement 1."
    assert evaluate([policy(LISTING)], READING).sentence == "Denied: no statement allows it."


def test_a_deny_wins_wherever_it_stands() -> None:
    assert not evaluate([policy(deny("s3:*", FOLDER), READ)], READING).is_allowed
    assert not evaluate([policy(READ), policy(deny("s3:*", FOLDER))], READING).is_allowed


def test_actions_are_compared_without_regard_to_case_and_resources_with() -> None:
    assert evaluate([policy(allow("S3:gETobject"))], READING).is_allowed
    assert not evaluate([policy(allow("s3:GetObject", FOLDER.replace("in", "IN")))], READING).is_allowed


def test_what_came_near_is_said() -> None:
    outside = evaluate([policy(READ)], s3_request("s3:GetObject", "acme-drop", "out/x"))
    assert outside.notes == ("Statement 1 names the action, but not this resource.",)
    elsewhere = evaluate([when("IpAddress", "aws:SourceIp", "198.51.100.0/24")], READING)
    assert elsewhere.notes == ("Statement 1 would allow it, but its condition on aws:SourceIp is not met.",)


def test_a_listing_is_bound_by_its_prefix() -> None:
    asked = {prefix: s3_request("s3:ListBucket", "acme-drop", prefix=prefix) for prefix in ("in/", "in/a", "internal/")}
    allowed = {prefix: evaluate([policy(LISTING)], request).is_allowed for prefix, request in asked.items()}
    assert allowed == {"in/": True, "in/a": True, "internal/": False}
    assert not evaluate([policy(LISTING)], s3_request("s3:ListBucket", "acme-drop")).is_allowed


def test_variables_of_a_resource_count_in_the_new_language_only() -> None:
    mine = allow("s3:GetObject", f"{BUCKET}/${{aws:PrincipalTag/team}}/*")
    asked = s3_request("s3:GetObject", "acme-drop", "red/x", more={"aws:PrincipalTag/Team": ("red",)})
    assert evaluate([policy(mine)], asked).is_allowed
    assert not evaluate([policy(mine, Version="2008-10-17")], asked).is_allowed
    starred = s3_request("s3:GetObject", "acme-drop", "red/x", more={"aws:PrincipalTag/team": ("*",)})
    assert not evaluate([policy(mine)], starred).is_allowed


@pytest.mark.parametrize(
    "text", ["", "[]", policy(READ).replace('"Effect"', '"Effect":"Deny","Effect"'), policy("x", READ)]
)
def test_a_policy_that_reads_in_no_way_or_two_allows_nothing(text: str) -> None:
    verdict = evaluate([policy(READ), text], READING)
    assert not verdict.is_allowed
    assert verdict.notes == ("Daypass cannot read policy 2 in exactly one way, so that it allows nothing.",)


def test_a_statement_with_more_than_can_be_read_never_allows() -> None:
    assert not evaluate([policy(READ | {"Principal": "*"})], READING).is_allowed
    assert not evaluate([policy(READ | {"Condition": {"Bool": {}}})], READING).is_allowed
    assert not evaluate(
        [policy(READ | {"Condition": {"Bool": {"aws:SecureTransport": ["true", None]}}})], READING
    ).is_allowed


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="*?a/", max_size=12), st.text(alphabet="*?a", max_size=8), st.text(alphabet="a/*", max_size=8))
def test_wildcards_never_reach_out_of_the_folder(tail: str, name: str, key: str) -> None:
    text = policy(allow(f"s3:{name}GetObject", f"{BUCKET}/in/{tail}"))
    for bucket, path in (("acme-drop", f"out/{key}"), ("acme-drop", f"inx/{key}"), ("acme-dropx", f"in/{key}")):
        assert not evaluate([text], s3_request("s3:GetObject", bucket, path)).is_allowed
