"""Whatever is typed into a template ends as an error at a field, or as a policy inside its bucket and prefix."""

import dataclasses
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from grants.errors import FieldError
from grants.policy.actions import ACTIONS, BY_NAME
from grants.policy.evaluate import evaluate, s3_request
from grants.policy.findings import Context, find
from grants.policy.limits import check_policy_and_arns
from grants.policy.placeholders import WORST, fill_scope
from grants.policy.render import render_policy
from grants.policy.scope_checks import check_scope
from grants.policy.scopes import Bounds, BucketScope, Scope, SharedScope
from tests.policy.policies import KEY

NASTY = (
    "*",
    "?",
    "${aws:username}",
    "${*}",
    '"',
    "\\",
    "\r\n",
    "\0",
    "é",
    "\u202e",
    "..",
    "/",
    "{vendor}",
    "{",
    "x" * 2_049,
)
FINE = ("in", "acme", "a b", "_x", "2026", "{vendor}")
PARTS = st.lists(st.sampled_from((*NASTY, *FINE)) | st.text(max_size=4), min_size=1, max_size=3).map("".join)
FOLDERS = st.lists(st.sampled_from(FINE), min_size=1, max_size=3).map(lambda parts: "/".join(parts) + "/")
NETWORKS = ("203.0.113.0/24", "2001:db8::/32", "10.0.0.0/8")
BOUNDS = st.builds(
    Bounds,
    st.lists(st.sampled_from(NETWORKS), max_size=2).map(tuple),
    st.booleans(),
    st.sampled_from(("", "111122223333")),
)
READS = tuple(name for name, action in BY_NAME.items() if not action.changes)
COMMON = {"partition": st.just("aws"), "prefix": FOLDERS, "bounds": BOUNDS}
BUCKET_SCOPES = st.builds(
    BucketScope,
    buckets=st.sampled_from((("acme-drop",), ("acme.logs", "acme-drop"))),
    actions=st.lists(st.sampled_from(tuple(BY_NAME)), min_size=1, unique=True).map(tuple),
    kms_key=st.sampled_from(("", KEY)),
    **COMMON,
)
SHARED_SCOPES = st.builds(
    SharedScope,
    bucket=st.just("acme-drop"),
    actions=st.lists(st.sampled_from(READS), min_size=1, unique=True).map(tuple),
    tag_key=st.sampled_from(("Partner", "daypass:vendor")),
    tag_value=st.sampled_from(("northwind", "{vendor}")),
    **COMMON,
)
# One field of a scope that may be fine is spoiled.
SPOILED_BY = {
    "prefix": PARTS | PARTS.map("{}/".format) | st.tuples(FOLDERS, PARTS).map("".join),
    "bucket": st.sampled_from(NASTY).map("acme-{}".format) | st.text(max_size=6),
    "buckets": st.lists(st.sampled_from(("acme-drop", "acme-*", "${a}", "A", "", "..", "acme/in")), max_size=3).map(
        tuple
    ),
    "actions": st.sampled_from(((), ("s3:*",), ("s3:PutBucketPolicy",), ("s3:PutObject",), ("*",))),
    "kms_key": st.sampled_from(("*", f"{KEY}*", KEY.replace("1111", "????"))),
    "tag_key": PARTS,
    "tag_value": PARTS,
    "bounds": st.builds(Bounds, st.tuples(PARTS | st.sampled_from(("0.0.0.0/0", "10.0.0.1/8"))), st.booleans(), PARTS),
}


@st.composite
def scopes(draw: st.DrawFn) -> BucketScope | SharedScope:
    scope = draw(BUCKET_SCOPES | SHARED_SCOPES)
    fields = sorted(SPOILED_BY.keys() & {field.name for field in dataclasses.fields(scope)})
    name = draw(st.none() | st.sampled_from(fields))
    spoiled: dict[str, Any] = {name: draw(SPOILED_BY[name])} if name else {}
    return dataclasses.replace(scope, **spoiled)


# A network of one's own may be private: that is a warning, and the template's admin says why.
TAKEN = {"private_address"}
OWNER = {"aws:ResourceAccount": ("111122223333",)}


def rendered(scope: Scope) -> str | None:
    """The policy with the longest values in it; None where the form refuses."""
    try:
        check_scope(scope)
        filled = fill_scope(scope, WORST)
        policy = render_policy(filled)
        check_policy_and_arns(policy, ())
    except FieldError:
        return None
    return policy


@settings(max_examples=1_000, deadline=None)
@given(scopes())
def test_whatever_is_typed_is_refused_at_a_field_or_stays_inside(scope: BucketScope | SharedScope) -> None:
    policy = rendered(scope)
    if policy is None:
        return
    buckets = scope.buckets if isinstance(scope, BucketScope) else (scope.bucket,)
    found = find(policy, context=Context("aws", buckets=buckets))
    assert {finding.code for finding in found} <= TAKEN, policy
    for action in ACTIONS:
        for bucket, key in (("acme-dropx", "in/x"), ("other", "in/x"), (buckets[0], "inx"), (buckets[0], "zz/in/x")):
            on_object, prefix = action.on == "object", None if action.on == "object" else key
            asked = s3_request(
                action.name, bucket, key if on_object else "", prefix=prefix, source_ip="203.0.113.7", more=OWNER
            )
            assert not evaluate([policy], asked).is_allowed, (policy, asked)


def test_some_of_what_is_generated_is_taken_and_allows_its_own_folder() -> None:
    scope = BucketScope("aws", ("acme-drop", "acme.logs"), "in/a b/{vendor}/", tuple(BY_NAME), KEY)
    policy = rendered(scope)
    assert policy
    vendor = WORST.values["vendor"]
    for action in ACTIONS:
        key = f"in/a b/{vendor}/report.csv"
        on_object = action.on == "object"
        asked = s3_request(action.name, "acme.logs", key if on_object else "", prefix=None if on_object else key)
        assert evaluate([policy], asked).is_allowed
    assert json.loads(policy)["Statement"][0]["Resource"][1] == f"arn:aws:s3:::acme.logs/in/a b/{vendor}/*"
