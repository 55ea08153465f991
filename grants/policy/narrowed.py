"""A snapshot made smaller by an approver: fewer hours, fewer buckets, a deeper prefix, fewer actions; never more."""

from dataclasses import dataclass, replace
from typing import Final

from grants.errors import FieldError
from grants.policy.actions import in_order
from grants.policy.narrower import Reach, what_widens
from grants.policy.placeholders import names_in
from grants.policy.render import render_policy
from grants.policy.scope_checks import check_scope
from grants.policy.scopes import BucketScope, Scope, SharedScope, actions_of, buckets_of, prefix_of
from grants.policy.snapshot import Snapshot

FIELDS: Final = {"buckets": "buckets", "prefix": "prefix", "actions": "actions", "seconds": "hours"}


@dataclass(frozen=True, slots=True)
class Smaller:
    """What is left. Of a scope that is not on buckets only ``seconds`` counts; the rest is then empty."""

    seconds: int
    buckets: tuple[str, ...] = ()
    prefix: str = ""
    actions: tuple[str, ...] = ()


def reach_of(snapshot: Snapshot) -> Reach:
    """How far a snapshot reaches, as plain values."""
    scope = snapshot.scope
    return Reach(buckets_of(scope), prefix_of(scope), actions_of(scope), snapshot.seconds)


def narrow_snapshot(snapshot: Snapshot, wanted: Smaller) -> Snapshot:
    """The same grant with what ``wanted`` leaves of it. FieldError where that would be more, or not less."""
    scope = _scope(snapshot.scope, wanted)
    smaller = replace(snapshot, scope=scope, seconds=wanted.seconds, policy=render_policy(scope))
    wide, narrow = reach_of(snapshot), reach_of(smaller)
    for part, field in FIELDS.items():
        for sentence in what_widens(replace(wide, **{part: getattr(narrow, part)}), wide):
            raise FieldError(field, sentence)
    if smaller == snapshot:
        raise FieldError("hours", "Nothing would be less than before. Approve the request, or choose less.")
    return smaller


def _scope(scope: Scope, wanted: Smaller) -> Scope:
    """What a scope that is not on buckets gives stays as it is."""
    actions = tuple(action.name for action in in_order(wanted.actions))
    match scope:
        case BucketScope():
            buckets = tuple(bucket for bucket in scope.buckets if bucket in wanted.buckets)
            strangers = tuple(bucket for bucket in wanted.buckets if bucket not in scope.buckets)
            small: Scope = replace(scope, buckets=buckets + strangers, prefix=wanted.prefix, actions=actions)
        case SharedScope():
            small = replace(scope, prefix=wanted.prefix, actions=actions)
        case _:
            return scope
    if names_in(wanted.prefix):
        raise FieldError("prefix", "A placeholder cannot stand here: name the folder itself.")
    check_scope(small)
    return small
