"""What the rules of use leave open, beside what the policy does: how weak a pickup check may be, and for what; pure."""

from collections.abc import Iterator
from typing import Final

from grants.policy.actions import in_order
from grants.policy.catalogue import LEVELS
from grants.policy.document import NotJsonError, read, statements_of
from grants.policy.findings.finding import Context as FindingContext
from grants.policy.findings.finding import Finding, Kind, Policy, Where
from grants.policy.scopes import CustomScope, ManagedScope, Scope, SessionScope, actions_of
from grants.policy.template.value import Template

LONG: Final = 4  # hours
NONE_LINK: Final = 1  # hours
_CHANGES: Final = frozenset(LEVELS) - {"List", "Read"}

NONE_TOO_LONG: Final = Kind(
    "pickup_check_none",
    "error",
    "Without a pickup check whoever reads the mail, a scanner included, has the link: {what}.",
    "Make the credentials on pickup and let the link work for at most an hour, or choose another check.",
)
WEAK_CHECK: Final = Kind(
    "pickup_check_weak",
    "warning",
    "{what}, and the pickup check does not stop somebody who reads the recipient's mailbox.",
    "Choose a code told by telephone, or signing in as the recipient.",
)
NO_MFA: Final = Kind(
    "session_without_mfa",
    "warning",
    "This gives all rights of an IAM user, and no MFA device stands between the issuer's keys and them.",
    "Give the user an MFA device, and register it with the issuer.",
)
RULES: Final = (NONE_TOO_LONG, WEAK_CHECK, NO_MFA)


def check_rules(template: Template, scope: Scope) -> Iterator[Finding]:
    """Findings on the rules of use; they stand at no statement."""
    if template.pickup_check == "none":
        if template.mint != "on_pickup":
            yield NONE_TOO_LONG.at(Where(), what="the credentials rest until somebody opens it")
        if template.link_hours > NONE_LINK:
            yield NONE_TOO_LONG.at(Where(), what=f"it works for {template.link_hours:g} hours")
    if template.pickup_check in ("none", "requester_code") and (why := _why_it_matters(template, scope)):
        yield WEAK_CHECK.at(Where(), what=why)
    if isinstance(scope, SessionScope) and not scope.mfa_serial:
        yield NO_MFA.at(Where())


def _why_it_matters(template: Template, scope: Scope) -> str:
    if _changes(scope):
        return "This can write or delete"
    return f"This lasts up to {template.max_hours:g} hours" if template.max_hours > LONG else ""


def _changes(scope: Scope) -> bool:
    """Whether anything is written; a user's whole rights and managed policies, which nobody reads here, count as it."""
    if isinstance(scope, SessionScope | ManagedScope):
        return True
    if isinstance(scope, CustomScope):
        return _policy_changes(scope.policy)
    return any(action.changes for action in in_order(actions_of(scope)))


def _policy_changes(policy: str) -> bool:
    try:
        statements = statements_of(read(policy).value)
    except NotJsonError:
        return True
    seen = Policy(statements, FindingContext())
    allows = [statement for statement in statements if statement.is_allow]
    return any(
        known.level in _CHANGES for statement in allows for name in statement.actions for known in seen.stands_for(name)
    )
