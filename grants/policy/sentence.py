"""What a scope allows, in the one sentence that people sign."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from grants.policy.actions import in_order
from grants.policy.scopes import (
    Bounds,
    BucketScope,
    CustomScope,
    ManagedScope,
    Scope,
    SessionScope,
    SharedScope,
    places_of,
)

SHOWN: Final = 3


def describe_scope(scope: Scope) -> str:
    """For example: "list, read and write files under s3://acme-drop/in/"."""
    match scope:
        case BucketScope():
            return f"{_verbs(scope.actions)} files under {_join(places_of(scope))}{_bounds(scope.bounds)}"
        case SharedScope():
            tagged = f"that carry the object tag {scope.tag_key}={scope.tag_value}"
            return f"{_verbs(scope.actions)} files under {places_of(scope)[0]} {tagged}{_bounds(scope.bounds)}"
        case ManagedScope():
            names = _join([policy.name for policy in scope.policies])
            verb = "allow" if len(scope.policies) > 1 else "allows"
            return f"do what {names} {verb}{_beside(scope.policy)}"
        case SessionScope():
            how = "after a code of its MFA device" if scope.mfa_serial else "without MFA"
            return f"act as the IAM user {scope.user_arn.rpartition('/')[2]} with all its rights ({how})"
        case CustomScope():
            return _described(scope.policy)


def describe_grant(scope: Scope, seconds: int, starts_at: str = "") -> str:
    """The whole sentence, for example: "List and read files under s3://acme-drop/in/ for up to 8 hours.".

    ``starts_at`` is ISO 8601, or "" for at once.
    """
    scope_words = describe_scope(scope)
    start = f", from {_moment(starts_at)}" if starts_at else ""
    return f"{scope_words[0].upper()}{scope_words[1:]} for up to {describe_seconds(seconds)}{start}."


def _moment(iso: str) -> str:
    """For example: 4 Mar 2026, 09:15 UTC."""
    utc = datetime.fromisoformat(iso).astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


def describe_seconds(seconds: int) -> str:
    """Hours and minutes in words: "45 minutes", "1 hour", "8 hours 30 minutes"."""
    hours, minutes = divmod(seconds // 60, 60)
    parts = []
    if hours:
        parts.append("1 hour" if hours == 1 else f"{hours} hours")
    if minutes:
        parts.append(f"{minutes} minutes")
    return " ".join(parts)


def _verbs(actions: tuple[str, ...]) -> str:
    return _join([action.verb for action in in_order(actions)])


def _bounds(bounds: Bounds) -> str:
    """Only what people can check: that a bucket belongs to an account is between us and AWS."""
    where = f", from {_join(bounds.source_addresses)} only" if bounds.source_addresses else ""
    return where + ", over HTTPS only" * bounds.https_only


def _beside(policy: str) -> str:
    """An inline policy beside managed ones: AWS adds up what session policies allow, and a Deny in any of them wins."""
    if not policy:
        return ""
    allowed, denied = _statements(policy, "Allow"), _statements(policy, "Deny")
    added = f", and besides {_reach(allowed)}" if allowed else ""
    taken = ", less what the policy below denies" if denied else ""
    return f"{added}{taken}, as the policy says word for word"


def _described(policy: str) -> str:
    """An expert's policy in words that are the server's own: what it allows, on what."""
    return f"do {_reach(_statements(policy, 'Allow'))}, as the policy says word for word"


def _statements(policy: str, effect: str) -> list[dict[str, Any]]:
    found = json.loads(policy).get("Statement", [])
    return [each for each in (found if isinstance(found, list) else [found]) if each.get("Effect") == effect]


def _reach(statements: list[dict[str, Any]]) -> str:
    actions = [name for each in statements for name in _listed(each.get("Action"))]
    resources = [name for each in statements for name in _listed(each.get("Resource"))]
    return f"{_some(actions)} on {_some(resources)}"


def _listed(value: Any) -> list[str]:  # noqa: ANN401 - JSON
    return [str(part) for part in value] if isinstance(value, list) else [str(value)] * (value is not None)


def _some(names: list[str]) -> str:
    unique = list(dict.fromkeys(names))
    more = len(unique) - SHOWN
    return _join([*unique[:SHOWN], f"{more} more"]) if more > 0 else _join(unique or ["nothing"])


def _join(words: tuple[str, ...] | list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
