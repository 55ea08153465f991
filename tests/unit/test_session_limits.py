"""What GetSessionToken and AssumeRole take: each edge from both sides, with the field that is named."""

from dataclasses import replace

import pytest

from grants.errors import FieldError
from grants.policy.limits import check_session_request
from grants.policy.role_limits import check_role_request
from grants.values import RoleRequest, SessionRequest

POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
MANAGED = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ROLE = "arn:aws:iam::111122223333:role/daypass/reader"
REQUEST = RoleRequest(
    role_arn=ROLE,
    session_name="dp-0123456789-1",
    policy=POLICY,
    policy_arns=(),
    tags=(("daypass:vendor", "acme"),),
    seconds=3_600,
    source_identity="alice@corp.example",
    external_id="acme:2026/11",
)

SESSIONS = [
    (SessionRequest(3_600), None),  # no device at all
    (SessionRequest(900, "arn:aws:iam::123456789012:mfa/alice", "123456"), None),  # a virtual device
    (SessionRequest(129_600, "GAHT12345678", "789012"), None),  # a hardware device, as long as it gets
    (SessionRequest(899), "seconds"),  # too short
    (SessionRequest(129_601), "seconds"),  # too long
    (SessionRequest(3_600, "GAHT12345678"), "mfa_code"),  # a device without a code
    (SessionRequest(3_600, "", "123456"), "mfa_serial"),  # a code for no device
    (SessionRequest(3_600, "GAHT12345678", "12345"), "mfa_code"),  # five digits
    (SessionRequest(3_600, "GAHT12345678", "1234567"), "mfa_code"),  # seven
    (SessionRequest(3_600, "GAHT12345678", "12345a"), "mfa_code"),  # a letter
    (SessionRequest(3_600, "GAHT12345678", "١٢٣٤٥٦"), "mfa_code"),  # Arabic-Indic digits: \d takes them, AWS does not
    (SessionRequest(3_600, "short", "123456"), "mfa_serial"),  # no serial number has five characters
    (SessionRequest(3_600, "GAHT 12345678", "123456"), "mfa_serial"),  # a space
    (SessionRequest(3_600, "arn:aws:iam::1:mfa/é", "123456"), "mfa_serial"),  # not ASCII
]
TAKEN = [
    {"role_arn": "arn:aws-us-gov:iam::111122223333:role/r"},  # another partition
    {"session_name": "ab"},  # two characters
    {"session_name": "a_+=,.@-Z" + "9" * 55},  # sixty-four, every kind AWS knows
    {"source_identity": ""},  # none
    {"source_identity": "x" * 64},  # as long as it gets
    {"external_id": ""},  # none
    {"external_id": "a_+=,.@:/-" + "9" * 1_214},  # as long as it gets
    {"policy": "", "policy_arns": (MANAGED,)},  # managed policies alone
    {"policy": POLICY.ljust(2_048)},  # white space counts
    {"seconds": 43_200},  # twelve hours
]
REFUSED = [
    ("role_arn", {"role_arn": ""}),  # none
    ("role_arn", {"role_arn": "daypass-reader"}),  # a name is no ARN
    ("role_arn", {"role_arn": ROLE + "*"}),  # a wildcard
    ("role_arn", {"role_arn": ROLE + "/"}),  # a path without a role
    ("role_arn", {"role_arn": "arn:aws:iam::111122223333:user/alice"}),  # not a role
    ("role_arn", {"role_arn": "arn:aws:iam::١١١١٢٢٢٢٣٣٣٣:role/reader"}),  # digits of another script
    ("session_name", {"session_name": "a"}),  # one character
    ("session_name", {"session_name": "a" * 65}),  # never shortened
    ("session_name", {"session_name": "café"}),  # Python's \w takes it, AWS's does not
    ("session_name", {"session_name": "dp:1"}),  # the separator of aws:userid
    ("session_name", {"session_name": "dp-1\n"}),  # $ would have taken it
    ("policy", {"policy": ""}),  # neither inline nor managed: all that the role may
    ("policy", {"policy": POLICY.ljust(2_049)}),  # one blank too many
    ("policy_arns", {"policy_arns": (MANAGED,) * 11}),  # eleven
    ("tags", {"tags": tuple((f"k{n}", "") for n in range(51))}),  # fifty-one
    ("tags", {"tags": (("Project", "a"), ("project", "b"))}),  # AWS takes the one for the other
    ("seconds", {"seconds": 899}),  # too short
    ("seconds", {"seconds": 43_201}),  # GetFederationToken would take it
    ("source_identity", {"source_identity": "a"}),  # one character
    ("source_identity", {"source_identity": "a" * 65}),  # too long
    ("source_identity", {"source_identity": "aws:alice"}),  # reserved
    ("external_id", {"external_id": "a"}),  # one character
    ("external_id", {"external_id": "a" * 1_225}),  # too long
    ("external_id", {"external_id": "two words"}),  # a space
    ("external_id", {"external_id": "idé"}),  # not ASCII
]


@pytest.mark.parametrize(("request_", "field"), SESSIONS)
def test_a_session_request_is_taken_or_refused_at_its_field(request_: SessionRequest, field: str | None) -> None:
    if field is None:
        check_session_request(request_)
        return
    with pytest.raises(FieldError) as refused:
        check_session_request(request_)
    assert refused.value.field == field
    assert not request_.code or request_.code not in str(refused.value)


@pytest.mark.parametrize("change", TAKEN)
def test_everything_up_to_a_role_s_limit_is_taken(change: dict[str, object]) -> None:
    check_role_request(replace(REQUEST, **change))  # type: ignore[arg-type]  # one dict of several types


@pytest.mark.parametrize(("field", "change"), REFUSED)
def test_one_step_beyond_a_role_s_limit_is_refused_at_its_field(field: str, change: dict[str, object]) -> None:
    with pytest.raises(FieldError) as refused:
        check_role_request(replace(REQUEST, **change))  # type: ignore[arg-type]  # one dict of several types
    assert refused.value.field == field
    assert refused.value.field_sentence.endswith(".")


def test_neither_code_nor_external_id_is_in_a_repr() -> None:
    shown = repr([SessionRequest(900, "GAHT12345678", "123456"), REQUEST])
    assert "123456'" not in shown
    assert "acme:2026/11" not in shown
