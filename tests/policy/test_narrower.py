"""A scope lies within another when nothing that it allows is denied there."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.policy.evaluate import Request, evaluate, s3_request
from grants.policy.narrower import Reach, is_prefix_within, is_within, what_widens
from tests.policy.policies import allow, policy

WIDE = Reach(("acme-drop", "acme-logs"), "in/", ("s3:ListBucket", "s3:GetObject", "s3:PutObject"), 28_800)
ACTIONS = ("s3:ListBucket", "s3:GetObject", "s3:PutObject")
BUCKETS = ("acme-drop", "acme-logs")
SEGMENTS = ("in", "internal", "IN", "a", "..")
PREFIXES = st.lists(st.sampled_from(SEGMENTS), max_size=2).map(lambda parts: "".join(f"{part}/" for part in parts))
REACHES = st.builds(
    Reach,
    st.lists(st.sampled_from(BUCKETS), min_size=1, unique=True).map(tuple),
    PREFIXES,
    st.lists(st.sampled_from(ACTIONS), min_size=1, unique=True).map(tuple),
    st.sampled_from((900, 28_800)),
)
TABLE = [
    ("in/", "in/", True),
    ("in/a/", "in/", True),
    ("in/a/b/", "in/a/", True),
    ("internal/", "in/", False),
    ("internal/", "in", False),  # read as a folder, never as the beginning of a name
    ("in/", "in/a/", False),
    ("IN/a/", "in/", False),
    ("in/../out/", "in/", True),  # S3 knows no way up: a folder that is called ..
    ("", "in/", False),
    ("in/", "", True),
    ("", "", True),
]


def render(reach: Reach) -> str:
    objects = [name for name in reach.actions if name != "s3:ListBucket"]
    arns = [f"arn:aws:s3:::{bucket}" for bucket in reach.buckets]
    statements = [allow(objects, [f"{arn}/{reach.prefix}*" for arn in arns])] if objects else []
    if "s3:ListBucket" in reach.actions:
        statements.append(allow("s3:ListBucket", arns, {"StringLike": {"s3:prefix": f"{reach.prefix}*"}}))
    return policy(*statements)


@pytest.mark.parametrize(("deeper", "prefix", "expected"), TABLE)
def test_prefixes_are_compared_by_whole_segments(deeper: str, prefix: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_prefix_within(deeper, prefix) is expected


def test_each_way_of_being_wider_is_said() -> None:
    assert what_widens(WIDE, WIDE) == ()
    wider = Reach(("acme-drop", "payroll"), "out/", ("s3:getobject", "s3:DeleteObject"), 28_801)
    assert what_widens(wider, WIDE) == (
        "It names a bucket that was not there before: payroll.",
        "Its prefix is not inside in/.",
        "It allows an action that was not there before: s3:DeleteObject.",
        "It lasts longer than before.",
    )


def requests(reach: Reach) -> Iterator[Request]:
    """What somebody who has ``reach`` may do, one of each kind."""
    for bucket, action in product(reach.buckets, reach.actions):
        if action == "s3:ListBucket":
            yield s3_request(action, bucket, prefix=f"{reach.prefix}x")
        else:
            yield s3_request(action, bucket, f"{reach.prefix}x/y")


@settings(max_examples=500, deadline=None)
@given(REACHES, REACHES)
def test_a_scope_is_within_another_exactly_when_nothing_it_allows_is_denied_there(one: Reach, other: Reach) -> None:
    assert all(evaluate([render(one)], request).is_allowed for request in requests(one))
    denied = [request for request in requests(one) if not evaluate([render(other)], request).is_allowed]
    assert is_within(replace(one, seconds=900), other) == (not denied)
    assert is_within(one, other) == (not denied and one.seconds <= other.seconds)


@settings(max_examples=200, deadline=None)
@given(REACHES, REACHES, REACHES)
def test_within_is_an_order(one: Reach, two: Reach, three: Reach) -> None:
    assert is_within(one, one)
    if is_within(one, two) and is_within(two, three):
        assert is_within(one, three)
