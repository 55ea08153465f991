"""Each policy gives exactly the findings it must; whatever is typed gives some, and never an exception."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.errors import FieldError
from grants.policy.findings import KINDS, Context, find
from grants.policy.limits import check_policy_and_arns
from tests.policy.bad_policies import BAD
from tests.policy.policies import BUCKET, CONTEXT, FOLDER, GOOD, READ, allow, deny, policy, when

WORDS = ("*", "?", "${aws:username}", '"', "\r\n", "\0", "é", "\u202e", "s3:GetObject", FOLDER, BUCKET, "in/*", "Allow")
NAMES = (
    "Version",
    "Statement",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "Principal",
    "Condition",
    "Sid",
    "s3:prefix",
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=20,
)
STATEMENT = st.fixed_dictionaries(
    {"Effect": JSON, "Action": JSON, "Resource": JSON}, optional={"Condition": JSON, "Sid": JSON}
)


def codes(text: str, *, context: Context = CONTEXT) -> list[str]:
    return [finding.code for finding in find(text, context=context)]


@pytest.mark.parametrize(("what", "text"), GOOD, ids=[row[0] for row in GOOD])
def test_nothing_speaks_against_a_good_policy(what: str, text: str) -> None:
    assert codes(text) == [], what
    check_policy_and_arns(text, ())


@pytest.mark.parametrize(("what", "text", "expected"), BAD, ids=[row[0] for row in BAD])
def test_a_bad_policy_gives_exactly_its_findings(what: str, text: str, expected: list[str]) -> None:
    assert codes(text) == expected, what


def test_every_kind_of_finding_is_met_by_some_policy_here() -> None:
    met = {code for _, _, expected in BAD for code in expected} | {"other_bucket"}
    assert met == {kind.code for kind in KINDS}
    assert len({kind.code for kind in KINDS}) == len(KINDS)


def test_a_bucket_that_the_template_does_not_declare_is_refused() -> None:
    assert codes(policy(READ), context=Context(buckets=("acme-logs",))) == ["other_bucket"]
    assert codes(policy(READ), context=Context(buckets=("acme-logs", "acme-drop"))) == []


def test_managed_policies_count_towards_the_length() -> None:
    arns = ("arn:aws:iam::aws:policy/ReadOnlyAccess",) * 3
    length = 2_048 - sum(map(len, arns))
    assert codes(policy(READ).ljust(length), context=Context(policy_arns=arns)) == []
    assert codes(policy(READ).ljust(length + 1), context=Context(policy_arns=arns)) == ["too_long"]


def test_beside_managed_policies_a_deny_alone_is_no_nothing() -> None:
    arns = ("arn:aws:iam::aws:policy/ReadOnlyAccess",)
    denied = policy(deny("s3:GetObject"))
    assert codes(denied, context=Context(policy_arns=arns)) == []
    assert codes(denied) == ["allows_nothing"]


def test_what_only_a_federated_session_lacks_is_taken_elsewhere() -> None:
    mfa = when("Bool", "aws:MultiFactorAuthPresent", "true")
    assert codes(mfa, context=Context(is_federated=False)) == []


def test_a_finding_says_where_and_what_in_words() -> None:
    bad = allow(["s3:GetObject", "s3:GetObjekt"]) | {"Sid": "Files"}
    (finding,) = find(policy(READ, bad), context=CONTEXT)
    assert str(finding.where) == "statement 2 (Files), Action"
    assert finding.sentence == "AWS has no action s3:GetObjekt (did you mean s3:GetObject?)."
    assert finding.is_error
    assert finding.way_on


def test_what_an_admin_typed_is_repeated_short_and_without_tricks() -> None:
    (first, *_) = find(policy(allow("s3:\u202eGet\n" + "x" * 500)), context=CONTEXT)
    assert first.code == "bad_action"
    assert "\\u202eGet\\u000a" in first.sentence
    assert len(first.sentence) < 120


def test_every_error_of_the_last_look_before_sts_is_an_error_here() -> None:
    for _, text, _ in BAD:
        try:
            check_policy_and_arns(text, ())
        except FieldError:
            assert any(finding.is_error for finding in find(text, context=CONTEXT)), text


@settings(max_examples=400, deadline=None)
@given(
    st.text(max_size=200)
    | JSON.map(json.dumps)
    | st.lists(STATEMENT | JSON, max_size=3).map(lambda rows: policy(*rows))
)
def test_whatever_is_typed_gives_the_same_findings_twice_and_no_exception(text: str) -> None:
    found = find(text, context=CONTEXT)
    assert found == find(text, context=CONTEXT)
    assert all(finding.sentence and finding.way_on for finding in found)


@settings(max_examples=400, deadline=None)
@given(STATEMENT)
def test_what_has_no_error_passes_the_last_look_before_sts(statement: dict[str, object]) -> None:
    text = policy(statement | {"Effect": "Allow"})
    if not any(finding.is_error for finding in find(text, context=CONTEXT)):
        check_policy_and_arns(text, ())


def test_a_text_without_end_is_not_read() -> None:
    assert codes("[" * 200_000) == ["too_long"]
    assert codes("[" * 4_500)[0] == "too_long"


def test_the_page_about_findings_lists_every_kind_as_it_is() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "policy-findings.md").read_text()
    rows = [f"| `{kind.code}` | {kind.severity} | {kind.general} | {kind.way_on} |" for kind in KINDS]
    assert [line.replace("\\*", "*") for line in page.splitlines() if line.startswith("| `")] == rows
