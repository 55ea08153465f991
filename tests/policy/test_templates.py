"""Whatever somebody writes into a template is an error at a field, or a policy inside its buckets and prefix."""

import contextlib
import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.errors import FieldError, FieldErrorsError
from grants.flows.templates.fields import VersionFields, check_alone, fields_of_template, worst_request
from grants.policy.actions import BY_NAME
from grants.policy.findings import Context, find
from grants.policy.placeholders import WORST, fill_scope
from grants.policy.render import render_policy
from grants.policy.template import (
    changes_between,
    digest_of,
    document_of,
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
NAMES = [field.name for field in FIELDS]
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


@given(
    kind=st.sampled_from(KINDS), changes=st.dictionaries(st.sampled_from([f.name for f in FIELDS]), VALUE, max_size=4)
)
@settings(max_examples=1500, deadline=None)
def test_whatever_is_written_is_an_error_at_a_field_or_a_policy_inside_its_bounds(
    kind: str, changes: dict[str, Any]
) -> None:
    found = looked_at({**good(kind), **changes})
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


def looked_at(document: dict[str, Any]) -> tuple[Template, VersionFields] | str:
    """The template, or what somebody would read at a field; every other exception is a failure."""
    try:
        template = read_template(document)
        scope = scope_of(template, ISSUER, digests=dict.fromkeys(template.policies, "0" * 64))
        fields = fields_of_template(template, scope, uuid4())
        check_alone(fields)
    except FieldErrorsError as error:
        return " ".join(each.field_sentence for each in error.errors)
    except FieldError as error:
        return error.field_sentence
    return template, fields


def check_inside(template: Template, policy: str) -> None:
    """Every resource of a rendered policy stands in a declared bucket, below the declared prefix, word for word."""
    if template.kind not in ("bucket", "shared"):
        return
    buckets = template.buckets or (template.bucket,)
    filled = fill_scope(scope_of(template, ISSUER, digests={}), WORST)
    prefix = filled.prefix  # type: ignore[union-attr]
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
