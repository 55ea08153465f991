"""In what two snapshots differ: the one before an approver, and the last one that was approved."""

from collections.abc import Iterable
from dataclasses import dataclass

from grants.policy.actions import in_order
from grants.policy.scopes import Scope, actions_of, places_of, policy_arns_of
from grants.policy.sentence import describe_seconds
from grants.policy.snapshot import Snapshot

NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Difference:
    """One part of a grant, in words: what it was, and what it is now."""

    what: str
    was: str
    now: str


def differences(old: Snapshot, new: Snapshot) -> tuple[Difference, ...]:
    """What is not the same, in the order in which people look at it; the grants' own names are no difference."""
    pairs = zip(_parts(old), _parts(new), strict=True)
    found = [Difference(what, was, now) for (what, was), (_, now) in pairs if was != now]
    if not found and old.policy != new.policy:
        found.append(Difference("the policy's wording", "another one", "see below, word for word"))
    return tuple(found)


def _parts(snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    tags = (f"{key}={value}" for key, value in snapshot.tags if key != "daypass:grant")
    return (
        ("how long", describe_seconds(snapshot.seconds)),
        ("where", _listed(places_of(snapshot.scope))),
        ("what may be done", _actions(snapshot.scope)),
        ("managed policies", _listed(policy_arns_of(snapshot.scope))),
        ("what it is", snapshot.scope.kind),
        ("who issues it", snapshot.issuer.role_arn or snapshot.issuer.user_arn),
        ("session tags", _listed(tags)),
        ("how it is picked up", snapshot.pickup_check),
        ("when it is made", snapshot.mint),
        ("how long the link works", describe_seconds(snapshot.link_seconds)),
        ("who signs", _listed(snapshot.approver_groups)),
    )


def _actions(scope: Scope) -> str:
    return _listed(action.verb for action in in_order(actions_of(scope)))


def _listed(values: Iterable[str]) -> str:
    return ", ".join(values) or NOTHING
