"""Whatever somebody writes into a template is an error at a field, or a policy inside its buckets and prefix."""

import contextlib
import json
import re
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.errors import FieldError, FieldErrorsError, GrantError
from grants.flows.templates.fields import VersionFields, check_alone, fields_of_template, worst_request
from grants.policy.actions import BY_NAME
from grants.policy.findings import Context, find
from grants.policy.placeholders import WORST, fill_scope
from grants.policy.render import render_policy
from grants.policy.template import (
    changes_between,
    digest_of,
    document_of,
    fields_of,
    from_yaml,
    lines_between,
    read_template,
    scope_of,
    to_yaml,
)
from grants.policy.template.fields import FIELDS
from grants.policy.template.value import KINDS, Template
from grants.values import IssuerRef

ISSUER = IssuerRef("111122223333", "aws", "eu-central-1", "arn:aws:iam::111122223333:user/daypass-issuer", "p")
POISON = st.sampled_from(
    ["*", "?", "${aws:username}", '"', "'", "\r\n", "\0", "é", "\u202e", "a" * 2049, "{folder}", "{vendor}/",
     "../", "//", "acme-drop", "in/", "s3:GetObject", "{", "}", "$", "\\", "arn:aws:s3:::other/*", "*/", "in/*",
     "", " ", ".", "٣"]
)  # fmt: skip
TEXT = st.one_of(POISON, st.text(max_size=20), st.lists(POISON, max_size=4).map("".join))
VALUE = st.recursive(
    st.one_of(TEXT, st.integers(-5, 200), st.floats(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=12), st.dictionaries(TEXT, inner, max_size=60)),
    max_leaves=12,
)
GOOD: dict[str, dict[str, Any]] = {
    "bucket": {"buckets": ["acme-drop"], "prefix": "in/", "actions": ["s3:GetObject", "s3:ListBucket"]},
    "shared": {
        "bucket": "shared-data", "prefix": "p/", "actions": ["s3:GetObject"], "tag_key": "Partner", "tag_value": "a",
    },
    "managed": {"policies": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]},
    "session": {},
    "custom": {
        "policy": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject",'
        '"Resource":"arn:aws:s3:::a/b"}]}'
    },
}  # fmt: skip
# What AWS counts, and what its tags and lists are made of: a shape of its own for each field that holds many.
READING = {"Effect": "Allow", "Action": "s3:GetObject"}
MANY: dict[str, st.SearchStrategy[Any]] = {
    "tags": st.one_of(
        st.integers(40, 60).map(lambda count: {f"key-{number}": "value" for number in range(count)}),
        st.dictionaries(st.sampled_from(["Team", "team", "TEAM", "aws:x", "daypass:vendor", "é"]), POISON, max_size=4),
    ),
    "policies": st.integers(1, 12).map(lambda count: [f"arn:aws:iam::aws:policy/P{n}" for n in range(count)]),
    "policy": st.builds(
        lambda parts, key, value: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        **READING,
                        "Resource": "arn:aws:s3:::acme-drop/" + "".join(parts),
                        "Condition": {"StringLike": {key: value}},
                    }
                ],
            }
        ),
        st.lists(POISON, max_size=3),
        st.sampled_from(["s3:ExistingObjectTag/Partner", "aws:PrincipalTag/x", "aws:userid"]),
        POISON,
    ),
    "prefix": st.lists(st.one_of(POISON, st.sampled_from(["in", "/", "{ticket}"])), max_size=4).map(
        lambda parts: "".join(parts) + "/"
    ),
}
COMMON: dict[str, Any] = {"name": "Shelf", "issuer": "Main", "signers": {"approvers": 1}}


def good(kind: str, **changes: Any) -> dict[str, Any]:
    return {**COMMON, "kind": kind, **GOOD[kind], **changes}


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_reads_back_from_its_document_and_from_its_file(kind: str) -> None:
    template = read_template(good(kind, max_hours=2.5, default_hours=0.5, accepted={"code": "For a good reason."}))
    document = document_of(template)
    assert read_template(document) == template
    assert read_template(from_yaml(to_yaml(document).encode())) == template
    assert digest_of(document) == digest_of(json.loads(json.dumps(document)))


CHANGES = st.builds(
    lambda wild, many: {**wild, **many},
    st.dictionaries(st.sampled_from([field.name for field in FIELDS]), VALUE, max_size=3),
    st.fixed_dictionaries({}, optional=MANY),
)


@given(kind=st.sampled_from(KINDS), changes=CHANGES)
@settings(max_examples=2000, deadline=None)
def test_whatever_is_written_is_an_error_at_a_field_or_a_policy_inside_its_bounds(
    kind: str, changes: dict[str, Any]
) -> None:
    own = {field.name for field in fields_of(kind)}
    found = looked_at({**good(kind), **{name: value for name, value in changes.items() if name in own}})
    if isinstance(found, str):
        assert found
        return
    template, fields = found
    request = worst_request(fields)
    if request:
        check_inside(template, request.policy)
        assert len(request.tags) <= 50
        assert len(request.policy) + sum(map(len, request.policy_arns)) <= 2048
        find(request.policy, context=Context())


LISTED = [
    ("a star", "bucket", {"prefix": "*/"}, "prefix"),
    ("a question mark", "bucket", {"prefix": "in?/"}, "prefix"),
    ("a variable of AWS", "bucket", {"prefix": "${aws:username}/"}, "prefix"),
    ("a quote", "bucket", {"prefix": 'in"/'}, "prefix"),
    ("CR and LF", "bucket", {"prefix": "in\r\n/"}, "prefix"),
    ("NUL", "bucket", {"prefix": "in\0/"}, "prefix"),
    ("right to left", "bucket", {"prefix": "in\u202e/"}, "prefix"),
    ("no folder between", "bucket", {"prefix": "in//"}, "prefix"),
    ("up", "bucket", {"prefix": "in/../"}, "prefix"),
    ("here", "bucket", {"prefix": "./"}, "prefix"),
    ("2,049 characters", "bucket", {"prefix": "a" * 2048 + "/"}, "prefix"),
    ("2,049 in a policy", "custom", {"policy": GOOD["custom"]["policy"].replace("/b", "/" + "b" * 2000)}, "policy"),
    ("é where AWS takes none", "bucket", {"buckets": ["acmé"]}, "buckets"),
    ("é in a tag's value", "shared", {"tag_value": "é"}, "tag_value"),
    ("51 tags", "bucket", {"tags": {f"k{number}": "v" for number in range(51)}}, "tags"),
    ("47 beside Daypass's own four", "bucket", {"tags": {f"k{number}": "v" for number in range(47)}}, "tags"),
    ("tag keys that differ in case", "bucket", {"tags": {"Team": "a", "team": "b"}}, "tags"),
    ("11 ARNs", "managed", {"policies": [f"arn:aws:iam::aws:policy/P{number}" for number in range(11)]}, "policies"),
    ("a quote that ends the JSON", "custom", {"policy": '{"a": "b""}'}, "policy"),
]


@pytest.mark.parametrize(("kind", "changes", "field"), [row[1:] for row in LISTED], ids=[row[0] for row in LISTED])
def test_each_poison_by_itself_is_told_at_its_field(kind: str, changes: dict[str, Any], field: str) -> None:
    with pytest.raises((FieldErrorsError, FieldError)) as refused:
        look_at(good(kind, **changes))
    assert [error.field for error in told(refused.value)] == [field]


def looked_at(document: dict[str, Any]) -> tuple[Template, VersionFields] | str:
    """The template, or what somebody would read at a field; every other exception is a failure."""
    try:
        return look_at(document)
    except (FieldErrorsError, FieldError) as error:
        errors = told(error)
    kind = document["kind"]
    own = {field.name for field in fields_of(kind)} if kind in KINDS else {"kind"}
    assert {error.field for error in errors} <= own, errors
    return " ".join(error.field_sentence for error in errors)


def told(error: GrantError) -> tuple[FieldError, ...]:
    """Each error with its field."""
    return error.errors if isinstance(error, FieldErrorsError) else (error,) if isinstance(error, FieldError) else ()


def look_at(document: dict[str, Any]) -> tuple[Template, VersionFields]:
    template = read_template(document)
    scope = scope_of(template, ISSUER, digests=dict.fromkeys(template.policies, "0" * 64))
    fields = fields_of_template(template, scope, uuid4())
    check_alone(fields)
    return template, fields


def check_inside(template: Template, policy: str) -> None:
    """Every resource of a rendered policy stands in a declared bucket, below the declared prefix, word for word.

    What an expert wrote is sent as it was written, filled with what cannot leave its place.
    """
    if template.kind in ("managed", "custom"):
        filled_in = json.dumps(json.loads(template.policy)) if template.policy else ""
        for name, value in WORST.values.items():
            filled_in = re.sub(rf"(?<!\$)\{{{re.escape(name)}\}}", value, filled_in)
        assert policy == (json.dumps(json.loads(filled_in), separators=(",", ":")) if filled_in else "")
        return
    buckets = template.buckets or (template.bucket,)
    filled = fill_scope(scope_of(template, ISSUER, digests={}), WORST)
    prefix = filled.prefix  # type: ignore[union-attr]  # None fails the test as well
    assert not set("*?$") & set(prefix)
    for statement in json.loads(policy)["Statement"]:
        if statement["Sid"] == "Key":
            continue
        resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        allowed = {f"arn:aws:s3:::{bucket}/{prefix}*" for bucket in buckets} | {f"arn:aws:s3:::{b}" for b in buckets}
        assert set(resources) <= allowed
        assert set(statement["Action"]) <= set(BY_NAME)
        if statement["Sid"] == "Listing":
            assert statement["Condition"]["StringLike"]["s3:prefix"] == f"{prefix}*"


@given(text=st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_file_is_an_exception(text: bytes) -> None:
    with contextlib.suppress(FieldErrorsError):
        read_template(from_yaml(text))


def test_two_wordings_are_compared_field_by_field_in_words() -> None:
    before = read_template(good("bucket", max_hours=8, signers={"approvers": 1}))
    after = read_template(good("bucket", max_hours=2, signers={"approvers": 2}, https_only=True))
    said = {change.label: (change.before, change.after) for change in changes_between(before, after)}
    assert said == {
        "Over HTTPS only": ("no", "yes"),
        "Longest time": ("8 hours", "2 hours"),
        "Who must sign": ("1 of approvers", "2 of approvers"),
    }
    assert changes_between(before, before) == ()


def as_sent(document: dict[str, Any]) -> str:
    return render_policy(scope_of(read_template(document), ISSUER, digests={}))


def test_two_policies_are_laid_over_each_other_line_by_line() -> None:
    before, after = (as_sent(good("bucket", prefix=prefix)) for prefix in ("in/", "out/"))
    lines = lines_between(before, after)
    assert next(line.text.strip() for line in lines if line.word == "taken away").endswith('in/*"')
    assert {line.sign for line in lines} == {" ", "-", "+"}
    assert lines_between(before, before) == ()


def test_white_space_of_an_experts_policy_is_not_sent() -> None:
    typed = json.dumps(json.loads(GOOD["custom"]["policy"]), indent=4)
    assert as_sent(good("custom", policy=typed)) == GOOD["custom"]["policy"]
