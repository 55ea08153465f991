"""Which actions are named: whether AWS knows them, how much they are, and what they would leave behind; pure."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from grants.policy.catalogue import KnownAction, service, titles
from grants.policy.document import Statement
from grants.policy.findings.finding import Finding, Kind, Policy, place, several, shown
from grants.policy.findings.risks import ESCALATES, LASTS, OUTLIVES, Risk, risk_of
from grants.policy.wildcards import has_wildcard

BAD_ACTION: Final = Kind(
    "bad_action",
    "error",
    "{what} is no action.",
    "Write service and action, such as s3:GetObject, or choose from the list.",
)
UNKNOWN_SERVICE: Final = Kind(
    "unknown_service", "error", "AWS has no service that is called {what}.", "Choose the action from the list."
)
UNKNOWN_ACTION: Final = Kind(
    "unknown_action",
    "error",
    "AWS has no action {what}.",
    "Choose the action from the list: this one allows nothing.",
)
EVERY_ACTION: Final = Kind(
    "every_action", "error", "{what} stands for the actions of every service.", "Name the service and its actions."
)
IAM_OR_STS: Final = Kind(
    "iam_or_sts",
    "error",
    "{what} is an action on IAM or STS: the session could give itself, or somebody else, more than was signed.",
    "Leave it out. Nothing that Daypass gives can reach IAM or STS.",
)
WHOLE_SERVICE: Final = Kind(
    "whole_service",
    "error",
    "{what} stands for everything in the service, the change of its permissions included.",
    "Name the actions that are needed.",
)
WILDCARD_ACTION: Final = Kind(
    "wildcard_action",
    "warning",
    "{what}, and for whatever AWS adds to them.",
    "Name the actions that are needed, or write why all of them are.",
)
OUTLIVES_GRANT: Final = Kind(
    "outlives_grant",
    "error",
    "The effect of {what} outlives the grant: {why}.",
    "Leave it out. Somebody with an account of their own has to do this.",
)
ESCALATES_RIGHTS: Final = Kind(
    "escalates_rights",
    "error",
    "{what} can bring more rights than are signed: {why}.",
    "Leave it out. Somebody with an account of their own has to do this.",
)
CHANGES_PERMISSIONS: Final = Kind(
    "changes_permissions",
    "error",
    "By AWS's own list, who may do what is changed by {what}.",
    "Leave it out. Somebody with an account of their own has to do this.",
)
LASTING_EFFECT: Final = Kind(
    "lasting_effect",
    "warning",
    "The effect of {what} stays when the grant is over: {why}.",
    "Leave it out, or write why it is needed.",
)
KINDS: Final = (
    BAD_ACTION, UNKNOWN_SERVICE, UNKNOWN_ACTION, EVERY_ACTION, IAM_OR_STS, WHOLE_SERVICE, WILDCARD_ACTION,
    OUTLIVES_GRANT, ESCALATES_RIGHTS, CHANGES_PERMISSIONS, LASTING_EFFECT,
)  # fmt: skip

_SHAPE: Final = re.compile(r"[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+")
_KIND_OF: Final = {OUTLIVES: OUTLIVES_GRANT, ESCALATES: ESCALATES_RIGHTS, LASTS: LASTING_EFFECT}
_NEVER: Final = frozenset({"iam", "sts"})


def check_actions(statement: Statement, policy: Policy) -> Iterator[Finding]:
    """Every statement's words; what they reach only where they allow it."""
    for name in (*statement.actions, *statement.not_actions):
        yield from _check_name(name, statement, policy)
    if statement.is_allow:
        for name in statement.actions:
            yield from _check_reach(name, statement, policy)


def _check_name(name: str, statement: Statement, policy: Policy) -> Iterator[Finding]:
    where = place(statement, "Action")
    prefix, colon, _ = name.partition(":")
    if not name or set(name) <= set("*?") or (has_wildcard(prefix) and (colon or name.endswith("*"))):
        if statement.is_allow:
            yield EVERY_ACTION.at(where, what=shown(name))
    elif not _SHAPE.fullmatch(name):
        yield BAD_ACTION.at(where, what=shown(name))
    elif prefix.lower() not in titles():
        yield UNKNOWN_SERVICE.at(where, what=shown(prefix))
    elif not policy.stands_for(name):
        yield UNKNOWN_ACTION.at(where, what=shown(name) + _nearest(name))


def _check_reach(name: str, statement: Statement, policy: Policy) -> Iterator[Finding]:
    where = place(statement, "Action")
    prefix, _, rest = name.partition(":")
    found = policy.stands_for(name)
    if prefix.lower() in _NEVER:
        yield IAM_OR_STS.at(where, what=shown(name))
    elif found and not set(rest) - set("*?"):
        yield WHOLE_SERVICE.at(where, what=shown(name))
    elif found:
        if has_wildcard(rest):
            count = "one action" if len(found) == 1 else f"{len(found)} actions"
            yield WILDCARD_ACTION.at(where, what=f"{shown(name)} stands for {count}")
        yield from _check_risks([known for known in found if not policy.is_denied(known)], statement)


def _check_risks(found: Sequence[KnownAction], statement: Statement) -> Iterator[Finding]:
    """One finding for each kind and reason, however many actions a wildcard brings."""
    groups: dict[tuple[Kind, str], list[str]] = {}
    for known in found:
        risk = risk_of(known)
        if risk or known.level == "Permissions management":
            groups.setdefault(_kind_of(risk), []).append(known.name)
    for (kind, reason), names in groups.items():
        yield kind.at(place(statement, "Action"), what=several(names), why=reason)


def _kind_of(risk: Risk | None) -> tuple[Kind, str]:
    return (_KIND_OF[risk.kind], risk.reason) if risk else (CHANGES_PERMISSIONS, "")


def _nearest(name: str) -> str:
    """`` (did you mean s3:GetObject?)``, or nothing."""
    prefix, _, rest = name.partition(":")
    found = service(prefix)
    near = get_close_matches(rest.lower(), found.actions, n=1, cutoff=0.75) if found else []
    return f" (did you mean {found.actions[near[0]].name}?)" if found and near else ""
