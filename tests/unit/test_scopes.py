"""Every kind of scope: what it renders, what people read, and that it reads back as it was."""

import json

import pytest

from grants.errors import FieldError, StaleSnapshotError
from grants.policy.render import render_policy
from grants.policy.scope_checks import check_scope
from grants.policy.scopes import (
    Bounds,
    BucketScope,
    CustomScope,
    ManagedPolicy,
    ManagedScope,
    Scope,
    SessionScope,
    SharedScope,
    scope_from_json,
    scope_to_json,
)
from grants.policy.sentence import describe_grant

READ = ("s3:ListBucket", "s3:GetObject")
KEY = "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012"
READONLY = ManagedPolicy("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "0" * 64)
POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/x/*"}]}'
)
BUCKET = BucketScope("aws", ("acme-drop",), "in/", READ)
SHARED = SharedScope("aws", "shared-data", "exports/", ("s3:GetObject",), "Partner", "acme-robotics")
USER = "arn:aws:iam::111122223333:user/daypass-session"

DENYING = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::b/x/*"}]}'

SENTENCES: list[tuple[Scope, str]] = [
    (BUCKET, "List and read files under s3://acme-drop/in/ for up to 1 hour."),
    (
        BucketScope("aws", ("one", "two"), "in/", READ, bounds=Bounds(("203.0.113.0/24",), https_only=True)),
        (
            "List and read files under s3://one/in/ and s3://two/in/, from 203.0.113.0/24 only, over HTTPS only "
            "for up to 1 hour."
        ),
    ),
    (
        SHARED,
        "Read files under s3://shared-data/exports/ that carry the object tag Partner=acme-robotics for up to 1 hour.",
    ),
    (ManagedScope((READONLY,)), "Do what AmazonS3ReadOnlyAccess allows for up to 1 hour."),
    (
        ManagedScope((READONLY, ManagedPolicy("arn:aws:iam::aws:policy/Second", "0" * 64)), DENYING),
        (
            "Do what AmazonS3ReadOnlyAccess and Second allow, less what the policy below denies, as the policy says "
            "word for word for up to 1 hour."
        ),
    ),
    (
        ManagedScope((READONLY,), POLICY),  # AWS adds up what session policies allow: it takes nothing away
        (
            "Do what AmazonS3ReadOnlyAccess allows, and besides s3:GetObject on arn:aws:s3:::b/x/*, as the policy says "
            "word for word for up to 1 hour."
        ),
    ),
    (
        SessionScope(USER, "arn:aws:iam::111122223333:mfa/alice"),
        "Act as the IAM user daypass-session with all its rights (after a code of its MFA device) for up to 1 hour.",
    ),
    (
        CustomScope(POLICY),
        "Do s3:GetObject on arn:aws:s3:::b/x/*, as the policy says word for word for up to 1 hour.",
    ),
]


@pytest.mark.parametrize(("scope", "sentence"), SENTENCES)
def test_the_sentence_says_all_that_a_scope_gives(scope: Scope, sentence: str) -> None:
    assert describe_grant(scope, 3600) == sentence


@pytest.mark.parametrize("scope", [scope for scope, _ in SENTENCES])
def test_a_scope_passes_its_checks_and_reads_back_from_json(scope: Scope) -> None:
    check_scope(scope)
    assert scope_from_json(json.loads(json.dumps(scope_to_json(scope)))) == scope


NO_SCOPES: list[dict[str, object]] = [
    {},
    {"kind": "other"},
    {"kind": "custom", "policy": "{}", "more": 1},
    {"kind": "custom", "policy": {}},  # an object where a word belongs
    {"kind": "custom", "policy": [["{}"]]},  # a list of lists
]


@pytest.mark.parametrize("document", NO_SCOPES)
def test_a_scope_of_another_shape_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(StaleSnapshotError):
        scope_from_json(document)


def test_shared_data_is_read_by_the_partners_tag_alone() -> None:
    (statement,) = json.loads(render_policy(SHARED))["Statement"]
    assert statement["Resource"] == "arn:aws:s3:::shared-data/exports/*"
    assert statement["Condition"] == {"StringEquals": {"s3:ExistingObjectTag/Partner": "acme-robotics"}}


def test_bounds_stand_on_every_statement_beside_its_own_condition() -> None:
    bounds = Bounds(("203.0.113.0/24", "2001:db8::/32"), https_only=True, account_id="111122223333")
    statements = json.loads(render_policy(BucketScope("aws", ("b-1",), "in/", READ, KEY, bounds)))["Statement"]
    assert [statement["Sid"] for statement in statements] == ["Objects", "Listing", "Key"]
    for statement in statements:
        assert statement["Condition"]["IpAddress"] == {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}
        assert statement["Condition"]["Bool"] == {"aws:SecureTransport": "true"}
        assert statement["Condition"]["StringEquals"] == {"aws:ResourceAccount": "111122223333"}
    assert statements[1]["Condition"]["StringLike"] == {"s3:prefix": "in/*"}


@pytest.mark.parametrize(
    ("actions", "granted"),
    [(READ, ["kms:Decrypt"]), (("s3:PutObject",), ["kms:Decrypt", "kms:GenerateDataKey"])],
)
def test_a_bucket_key_is_used_through_s3_and_only_as_far_as_needed(
    actions: tuple[str, ...], granted: list[str]
) -> None:
    key = json.loads(render_policy(BucketScope("aws", ("b-1",), "in/", actions, KEY)))["Statement"][-1]
    assert (key["Action"], key["Resource"]) == (granted, KEY)
    assert key["Condition"] == {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com*"}}


@pytest.mark.parametrize(
    ("scope", "field"),
    [
        (BucketScope("aws", (), "in/", READ), "buckets"),  # none
        (BucketScope("aws", ("a-b", "a-b"), "in/", READ), "buckets"),  # twice
        (BucketScope("aws", ("a*b",), "in/", READ), "buckets"),  # a wildcard
        (BucketScope("aws", ("a-b",), "in", READ), "prefix"),  # would open in-secret too
        (BucketScope("aws", ("a-b",), "{who}/", READ), "prefix"),  # a placeholder that nobody knows
        (BucketScope("aws", ("a-b",), "${vendor}/", READ), "prefix"),  # a policy variable in disguise
        (BucketScope("aws", ("a-b",), "in/", ("s3:PutBucketPolicy",)), "actions"),  # would outlive the grant
        (BucketScope("aws", ("a-b",), "in/", READ, kms_key="alias/acme"), "kms_key"),  # an alias can be moved
        (BucketScope("aws", ("a-b",), "in/", READ, bounds=Bounds(("0.0.0.0/0",))), "source_addresses"),  # everywhere
        (
            BucketScope("aws", ("a-b",), "in/", READ, bounds=Bounds(("203.0.113.7/24",))),
            "source_addresses",
        ),  # host bits
        (BucketScope("aws", ("a-b",), "in/", READ, bounds=Bounds(account_id="12")), "account_id"),
        (SharedScope("aws", "a-b", "x/", ("s3:PutObject",), "Partner", "acme"), "actions"),  # writers make it theirs
        (
            SharedScope("aws", "a-b", "x/", ("s3:ListMultipartUploadParts",), "Partner", "acme"),
            "actions",
        ),  # knows no tag
        (SharedScope("aws", "a-b", "x/", ("s3:GetObject",), "", "acme"), "tags"),
        (SharedScope("aws", "a-b", "x/", ("s3:GetObject",), "Partner", "a*"), "tag_value"),
        (ManagedScope(()), "policies"),
        (ManagedScope((READONLY, READONLY)), "policies"),
        (ManagedScope((ManagedPolicy(READONLY.arn, ""),)), "policies"),  # nobody has read it
        (ManagedScope(tuple(ManagedPolicy(f"{READONLY.arn}{n}", "0" * 64) for n in range(11))), "policy_arns"),
        (SessionScope(USER, "short"), "mfa_serial"),
        (CustomScope("{"), "policy"),
        (CustomScope(POLICY.replace("s3:GetObject", "*")), "policy"),
        (CustomScope(POLICY.replace("s3:GetObject", "iam:CreateUser")), "policy"),
    ],
)
def test_a_scope_that_cannot_stand_is_refused_at_its_field(scope: Scope, field: str) -> None:
    with pytest.raises(FieldError) as refused:
        check_scope(scope)
    assert refused.value.field == field
