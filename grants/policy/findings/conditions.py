"""Conditions: operator, key and value, by themselves and together, and whether the action knows the key; pure."""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from grants.policy.catalogue import keys_of
from grants.policy.condition_keys import GLOBAL, OPERATORS, TYPES, is_among, split_operator, type_of
from grants.policy.condition_values import as_arn, as_bool, as_network, as_number, as_seconds
from grants.policy.document import Condition, Statement
from grants.policy.findings.finding import Finding, Kind, Policy, place, several, shown

UNKNOWN_OPERATOR: Final = Kind("unknown_operator", "error", "AWS has no condition operator {what}.", "Correct it.")
UNKNOWN_KEY: Final = Kind("unknown_key", "error", "AWS has no condition key {what}.", "Correct it, or leave it out.")
REPEATED_CONDITION: Final = Kind(
    "repeated_condition",
    "error",
    "{what} stands twice under one operator: AWS does not tell upper from lower case there.",
    "Put all values into one list.",
)
UNSUPPORTED_KEY: Final = Kind(
    "unsupported_key",
    "error",
    "{what}, so that the condition never holds there, or never binds.",
    "Move the action to a statement without this condition, or bind it otherwise.",
)
ABSENT_KEY: Final = Kind(
    "absent_key",
    "error",
    "{what} is never there in a federated session.",
    "Leave it out. Who may pick up, and by which check, is a rule of the template.",
)
FORGEABLE_KEY: Final = Kind(
    "forgeable_key",
    "warning",
    "{what} is whatever the caller says it is.",
    "Use source addresses instead, or write what it is for.",
)
WRONG_OPERATOR: Final = Kind("wrong_operator", "error", "{what}.", "Use an operator of the key's own type.")
BAD_VALUE: Final = Kind(
    "bad_value",
    "error",
    "{what}.",
    "Write addresses like 203.0.113.0/24, times like 2026-01-31T17:00:00Z, and true or false.",
)
KINDS: Final = (
    UNKNOWN_OPERATOR, UNKNOWN_KEY, REPEATED_CONDITION, UNSUPPORTED_KEY, ABSENT_KEY, FORGEABLE_KEY, WRONG_OPERATOR,
    BAD_VALUE,
)  # fmt: skip

_NOT_FEDERATED: Final = (
    "aws:multifactorauthpresent",
    "aws:multifactorauthage",
    "aws:username",
    "aws:federatedprovider",
)
_FORGEABLE: Final = ("aws:referer", "aws:useragent")
_TYPE_WORDS: Final = MappingProxyType(
    {
        "ARN": "an ARN",
        "Bool": "true or false",
        "Numeric": "a number",
        "Date": "a time",
        "Epoch": "a time",
        "IPAddress": "an address",
    }
)
_READERS: Final[Mapping[str, Callable[[str], object]]] = MappingProxyType(
    {"Numeric": as_number, "Date": as_seconds, "Ip": as_network, "Bool": as_bool, "Null": as_bool, "Arn": as_arn}
)


def check_conditions(statement: Statement, policy: Policy) -> Iterator[Finding]:
    """Operator first, then key, then whether both and the values belong together."""
    seen: set[tuple[str, str]] = set()
    for condition in statement.conditions:
        where = place(statement, "Condition")
        line = (condition.operator, condition.key.lower())
        if line in seen:
            yield REPEATED_CONDITION.at(where, what=shown(condition.key))
        seen.add(line)
        if split_operator(condition.operator) is None:
            yield UNKNOWN_OPERATOR.at(where, what=shown(condition.operator) + _nearest(condition.operator))
        yield from _check_key(condition, statement, policy)


def _check_key(condition: Condition, statement: Statement, policy: Policy) -> Iterator[Finding]:
    where, key, what = place(statement, "Condition"), condition.key.lower(), shown(condition.key)
    services = dict.fromkeys(name.partition(":")[0].lower() for name in statement.actions)
    kind = type_of(key, services)
    if kind is None:
        yield UNKNOWN_KEY.at(where, what=what)
        return
    if policy.context.is_federated and key in _NOT_FEDERATED:
        yield ABSENT_KEY.at(where, what=what)
    if key in _FORGEABLE and statement.is_allow:
        yield FORGEABLE_KEY.at(where, what=what)
    if without := _without(key, statement, policy):
        yield UNSUPPORTED_KEY.at(where, what=f"{several(without)} does not look at {what}")
    yield from _check_type(condition, kind.removeprefix("ArrayOf"), statement)


def _without(key: str, statement: Statement, policy: Policy) -> list[str]:
    """The names whose actions do not know the key: written out, or a wildcard of which none does."""
    if is_among(key, GLOBAL):
        return []
    names = []
    for name in statement.actions:
        found = policy.stands_for(name)
        if found and not any(is_among(key, keys_of(known)) for known in found):
            names.append(shown(name))
    return names


def _check_type(condition: Condition, kind: str, statement: Statement) -> Iterator[Finding]:
    split = split_operator(condition.operator)
    if split is None:
        return
    family, where = OPERATORS[split[1]], place(statement, "Condition")
    if kind not in TYPES[family]:
        what = f"{shown(condition.key)} is {_TYPE_WORDS.get(kind, 'a text')}, which {split[1]} does not compare"
        yield WRONG_OPERATOR.at(where, what=what)
        return
    for value in condition.values:
        if "${" not in value and not _is_readable(value, family):
            yield BAD_VALUE.at(where, what=f"{shown(value)} is nothing that {split[1]} can read")


def _is_readable(value: str, family: str) -> bool:
    reader = _READERS.get(family)
    try:
        if reader is not None:
            reader(value)
    except (ValueError, OverflowError):
        return False
    return True


def _nearest(operator: str) -> str:
    """`` (did you mean StringEquals?)``, or nothing."""
    near = get_close_matches(operator.rpartition(":")[2], OPERATORS, n=1, cutoff=0.7)
    return f" (did you mean {near[0]}?)" if near else ""
