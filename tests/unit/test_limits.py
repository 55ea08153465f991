"""AWS's limits: each edge from both sides, with the field that is named."""

import json
from dataclasses import replace

import pytest

from grants.errors import FieldError
from grants.policy.limits import check_federation_request, check_mfa
from grants.values import FederationRequest

ARN = "arn:aws:iam::aws:policy/ReadOnlyAccess"
STATEMENT = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::acme-drop/in/*"}


def policy_of(**change: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT | change]}, separators=(",", ":"))


def policy_of_length(length: int) -> str:
    return policy_of().ljust(length)


def arn_of_length(length: int) -> str:
    return "arn:aws:iam::111122223333:policy/".ljust(length, "x")


REQUEST = FederationRequest(
    name="dp-0123456789-1", policy=policy_of(), policy_arns=(), tags=(("daypass:vendor", "acme"),), seconds=3_600
)

ACCEPTED = [
    {"name": "ab"},  # two characters
    {"name": "a" * 32},  # thirty-two
    {"name": "a_+=,.@-Z9"},  # every kind AWS knows
    {"policy": policy_of_length(2_048)},  # as long as it gets, white space included
    {"policy": policy_of(Sid="é")},  # escaped by json.dumps
    {"policy": policy_of().replace("in/", "Ärger/")},  # U+00C4 as it is
    {"policy": policy_of().replace(",", ",\r\n\t")},  # the three controls
    {"policy": policy_of(Action="s3:*")},  # wide, but a finding's business, not a limit's
    {"policy": "", "policy_arns": (ARN,)},  # managed policies alone
    {"policy_arns": (ARN,) * 10},  # ten
    {"policy": "", "policy_arns": (arn_of_length(2_048),)},  # as long as it gets
    {"policy": policy_of_length(2_048 - len(ARN)), "policy_arns": (ARN,)},  # together exactly 2,048
    {"tags": ()},  # none
    {"tags": tuple((f"k{n}", "") for n in range(50))},  # fifty, and empty values
    {"tags": (("k" * 128, "v" * 256),)},  # as long as they get
    {"tags": (("Abteilung", "Größe 7 北京 ٣ ½"),)},  # letters, spaces and numbers of any script
    {"tags": (("a_.:/=+-@", "_.:/=+-@"),)},  # AWS's punctuation
    {"tags": (("note", "no\u00a0break"),)},  # a separator that is no ASCII space
    {"seconds": 900},  # a quarter of an hour
    {"seconds": 129_600},  # a day and a half
]
REFUSED = [
    ("name", {"name": ""}),  # nothing
    ("name", {"name": "a"}),  # one character
    ("name", {"name": "a" * 33}),  # never shortened
    ("name", {"name": "carol x"}),  # a space
    ("name", {"name": "café"}),  # Python's \w takes it, AWS's does not
    ("name", {"name": "dp-٣٣"}),  # the same with digits
    ("name", {"name": "dp-1\n"}),  # $ would have taken it
    ("name", {"name": "dp-*"}),  # a wildcard in what a Deny names
    ("name", {"name": "dp:1"}),  # the separator of aws:userid
    ("policy", {"policy": ""}),  # neither inline nor managed: credentials for nothing
    ("policy", {"policy": policy_of_length(2_049)}),  # one blank too many
    ("policy", {"policy": policy_of().replace("in/", "北/")}),  # beyond U+00FF
    ("policy", {"policy": policy_of().replace("in/", "\0/")}),  # NUL
    ("policy", {"policy": policy_of().replace("in/", "\x0b/")}),  # a control AWS does not take
    ("policy", {"policy": policy_of().replace("in/", "\u202e/")}),  # right-to-left
    ("policy_arns", {"policy_arns": (ARN,) * 11}),  # eleven
    ("policy_arns", {"policy_arns": ("arn:aws:iam::aws:po",)}),  # nineteen characters
    ("policy_arns", {"policy": "", "policy_arns": (arn_of_length(2_049),)}),  # too long
    ("policy_arns", {"policy_arns": ("arn:aws:iam::111122223333:user/alice",)}),  # not a policy
    ("policy_arns", {"policy_arns": (ARN + "*",)}),  # a wildcard
    ("policy_arns", {"policy_arns": (ARN + "\n",)}),  # a line break
    ("policy_arns", {"policy": policy_of_length(2_049 - len(ARN)), "policy_arns": (ARN,)}),  # together 2,049
    ("tags", {"tags": tuple((f"k{n}", "") for n in range(51))}),  # fifty-one
    ("tags", {"tags": (("", "v"),)}),  # no key
    ("tags", {"tags": (("k" * 129, "v"),)}),  # key too long
    ("tags", {"tags": (("k", "v" * 257),)}),  # value too long
    ("tags", {"tags": (("k", "a"), ("K", "b"))}),  # AWS takes the one for the other
    ("tags", {"tags": (("STRASSE", "a"), ("straße", "b"))}),  # the same beyond ASCII
    ("tags", {"tags": (("k", "a*b"),)}),  # not a tag character
    ("tags", {"tags": (("k", "a\tb"),)}),  # \s takes it, \p{Z} does not
    ("tags", {"tags": (("k", "a\nb"),)}),  # a line break
    ("tags", {"tags": (("k", "e\u0301"),)}),  # a combining mark is no letter
    ("tags", {"tags": (("k", "😀"),)}),  # nor is a symbol
    ("tags", {"tags": (("k", "${aws:userid}"),)}),  # a policy variable
    ("tags", {"tags": (("k", "\udc80"),)}),  # half a surrogate pair
    ("tags", {"tags": (("AWS:x", "v"),)}),  # reserved
    ("seconds", {"seconds": 899}),  # too short
    ("seconds", {"seconds": 129_601}),  # too long
    ("seconds", {"seconds": 0}),  # none
    ("seconds", {"seconds": -3_600}),  # backwards
]
NOT_A_POLICY = [
    "{",  # not JSON
    "[" * 2_000,  # deeper than a parser goes
    "[]",  # not an object
    "null",  # nothing
    "{}",  # without a statement
    '{"Statement":[]}',  # without one, politely
    '{"Statement":["Allow"]}',  # not an object
    policy_of(Effect="allow"),  # AWS knows Allow and Deny
    policy_of(Action="*"),  # everything
    policy_of(Action=["s3:GetObject", "*"]),  # everything, hidden behind something
    policy_of(Action="*:*"),  # everything, spelled out
    policy_of(Action="s?:*"),  # a wildcard where the service stands
    policy_of(Action="iam:PassRole"),  # reachable by console
    policy_of(Action="IAM:*"),  # whatever the case
    policy_of(Action=["Sts:AssumeRole"]),  # nor this
    policy_of(Action=[]),  # nothing by name
    policy_of(Action=None),  # the same
    policy_of(Action=7),  # not a name
    policy_of(Action="s3:"),  # half a name
    policy_of(NotAction="s3:GetObject"),  # everything else
    policy_of(Principal="*"),  # for resource policies
    policy_of().replace(
        '"Effect":"Allow"', '"Effect":"Deny","Effect":"Allow"'
    ),  # people read the first, parsers the last
]


def test_an_ordinary_request_is_fine() -> None:
    check_federation_request(REQUEST)


@pytest.mark.parametrize("change", ACCEPTED)
def test_everything_up_to_the_limit_is_taken(change: dict[str, object]) -> None:
    check_federation_request(replace(REQUEST, **change))  # type: ignore[arg-type]  # one dict of several types


@pytest.mark.parametrize(("field", "change"), REFUSED)
def test_one_step_beyond_the_limit_is_refused_at_its_field(field: str, change: dict[str, object]) -> None:
    with pytest.raises(FieldError) as refused:
        check_federation_request(replace(REQUEST, **change))  # type: ignore[arg-type]  # one dict of several types
    assert refused.value.field == field
    assert refused.value.field_sentence.endswith(".")


@pytest.mark.parametrize("policy", NOT_A_POLICY)
def test_a_policy_that_allows_everything_or_reads_two_ways_is_never_sent(policy: str) -> None:
    with pytest.raises(FieldError) as refused:
        check_federation_request(replace(REQUEST, policy=policy))
    assert refused.value.field == "policy"


def test_a_deny_of_everything_is_fine() -> None:
    check_federation_request(replace(REQUEST, policy=policy_of(Effect="Deny", Action="*", Resource="*")))


def test_a_single_statement_need_not_be_a_list() -> None:
    check_federation_request(replace(REQUEST, policy=json.dumps({"Statement": STATEMENT})))


MFA = [
    ("arn:aws:iam::111122223333:mfa/alice", "123456", None),  # a virtual device
    ("GAHT12345678", "000000", None),  # a hardware device
    ("123456789", "123456", None),  # nine characters
    ("a" * 256, "123456", None),  # the longest
    ("12345678", "123456", "mfa_serial"),  # eight
    ("a" * 257, "123456", "mfa_serial"),  # too long
    ("arn:aws:iam::1:mfa/é", "123456", "mfa_serial"),  # not ASCII
    ("", "123456", "mfa_serial"),  # a code for no device
    ("GAHT12345678", "", "mfa_code"),  # a device without a code
    ("GAHT12345678", "12345", "mfa_code"),  # five
    ("GAHT12345678", "1234567", "mfa_code"),  # seven
    ("GAHT12345678", "123 456", "mfa_code"),  # as some apps show it
    ("GAHT12345678", "١٢٣٤٥٦", "mfa_code"),  # digits of another script
    ("GAHT12345678", "123456\n", "mfa_code"),  # a line break
]


@pytest.mark.parametrize(("serial", "code", "field"), MFA)
def test_an_mfa_device_and_its_six_digits(serial: str, code: str, field: str | None) -> None:
    if field is None:
        check_mfa(serial, code)
        return
    with pytest.raises(FieldError) as refused:
        check_mfa(serial, code)
    assert refused.value.field == field
    assert not code or code not in str(refused.value)
