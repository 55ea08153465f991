"""Conditions that AWS takes and that bind less than they seem to, or more than anybody can meet; pure."""

import re
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Final

from grants.policy.condition_keys import FOR_ALL, OPERATORS, split_operator, type_of
from grants.policy.condition_values import as_network
from grants.policy.document import Condition, Statement
from grants.policy.findings.finding import Finding, Kind, Policy, place, shown
from grants.policy.wildcards import has_wildcard, without_escapes

LITERAL_WILDCARD: Final = Kind(
    "literal_wildcard",
    "error",
    "{what} looks for the very character * or ?, because this operator knows no wildcards.",
    "Use StringLike or ArnLike.",
)
OPEN_CONDITION: Final = Kind(
    "open_condition",
    "warning",
    "{what} takes everything, so that the condition binds nothing.",
    "Narrow it, or leave it out.",
)
OPEN_LISTING: Final = Kind(
    "open_listing",
    "warning",
    "{what} lists every folder that begins alike: in* lists internal/ too.",
    "End it in /*, or write why it begins like that.",
)
PRIVATE_ADDRESS: Final = Kind(
    "private_address",
    "warning",
    "{what} is a private address, which AWS never sees from the Internet.",
    "Give the public address of the company, or use aws:VpcSourceIp.",
)
IF_EXISTS: Final = Kind(
    "if_exists",
    "warning",
    "{what} holds as well where the request says nothing about it.",
    "Take the operator without IfExists, or write why it must hold.",
)
FOR_ALL_VALUES: Final = Kind(
    "for_all_values",
    "warning",
    "ForAllValues on {what} holds as well where the request has no value at all.",
    'Add "Null": {key: "false"}, or write why it must hold.',
)
NOT_IN_ALLOW: Final = Kind(
    "not_in_allow",
    "warning",
    "{what} allows whatever is not named, and requests that say nothing about it.",
    "Name what is allowed, or write why the rest of the world is.",
)
SINGLE_VALUE: Final = Kind(
    "single_value",
    "warning",
    "{what} has one value; ForAllValues and ForAnyValue are for keys with many.",
    "Leave it out.",
)
MANY_VALUES: Final = Kind(
    "many_values",
    "warning",
    "{what} can have many values; without ForAllValues or ForAnyValue it is open how they are compared.",
    "Say which of the two.",
)
CONDITION_VARIABLE: Final = Kind(
    "condition_variable",
    "warning",
    "{what} is filled in by AWS at the time of use, so that nobody can sign what it stands for.",
    "Use a placeholder of Daypass, such as {vendor}, or write why it must be AWS's.",
)
PUBLIC_ACL: Final = Kind(
    "public_acl",
    "error",
    "{what} lets the session open files to others, and they stay open when the grant is over.",
    "Leave it out; private and bucket-owner-full-control are fine.",
)
KINDS: Final = (
    LITERAL_WILDCARD, OPEN_CONDITION, OPEN_LISTING, PRIVATE_ADDRESS, IF_EXISTS, FOR_ALL_VALUES, NOT_IN_ALLOW,
    SINGLE_VALUE, MANY_VALUES, CONDITION_VARIABLE, PUBLIC_ACL,
)  # fmt: skip

_NO_WILDCARDS: Final = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
_PRIVATE: Final = tuple(
    map(
        ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "fc00::/7", "fe80::/10"),
    )
)
_ENDS: Final = re.compile(r"[^*?]*(?:/\*)?")  # a folder, or one name
_HARMLESS_ACLS: Final = frozenset({"private", "bucket-owner-full-control", "bucket-owner-read"})


def check_looseness(statement: Statement, policy: Policy) -> Iterator[Finding]:
    """Values first, because they may mislead in a Deny too; then what makes an Allow wider than it reads."""
    del policy
    for condition in statement.conditions:
        split = split_operator(condition.operator)
        if split is None:
            continue
        yield from _check_values(condition, split[1], statement)
        yield from _check_set(condition, split[0], statement)
        if statement.is_allow:
            yield from _check_allow(condition, split, statement)


def _check_values(condition: Condition, operator: str, statement: Statement) -> Iterator[Finding]:
    where = place(statement, "Condition")
    for value in condition.values:
        if operator in _NO_WILDCARDS and has_wildcard(without_escapes(value)):
            yield LITERAL_WILDCARD.at(where, what=shown(value))
        if "${" in without_escapes(value):
            yield CONDITION_VARIABLE.at(where, what=shown(value))
        if OPERATORS[operator] == "Ip" and condition.key.lower() == "aws:sourceip" and _is_private(value):
            yield PRIVATE_ADDRESS.at(where, what=shown(value))


def _check_set(condition: Condition, qualifier: str, statement: Statement) -> Iterator[Finding]:
    kind = type_of(condition.key, {name.partition(":")[0].lower(): "" for name in statement.actions})
    if kind is None or condition.operator == "Null":
        return
    where, what = place(statement, "Condition"), shown(condition.key)
    if qualifier and not kind.startswith("ArrayOf"):
        yield SINGLE_VALUE.at(where, what=what)
    elif not qualifier and kind.startswith("ArrayOf"):
        yield MANY_VALUES.at(where, what=what)


def _check_allow(condition: Condition, split: tuple[str, str, bool], statement: Statement) -> Iterator[Finding]:
    where, key = place(statement, "Condition"), condition.key.lower()
    qualifier, operator, if_exists = split
    if if_exists:
        yield IF_EXISTS.at(where, what=f"{shown(condition.operator)} on {shown(condition.key)}")
    elif "Not" in operator and not qualifier:
        yield NOT_IN_ALLOW.at(where, what=f"{operator} on {shown(condition.key)}")
    if qualifier == FOR_ALL and not _must_be_there(key, statement):
        yield FOR_ALL_VALUES.at(where, what=shown(condition.key))
    if _opens_files(condition, key):
        yield PUBLIC_ACL.at(where, what=shown(condition.key))
    for value in condition.values:
        if _takes_all(value, operator):
            yield OPEN_CONDITION.at(where, what=shown(value))
        elif key == "s3:prefix" and operator == "StringLike" and not _ENDS.fullmatch(value):
            yield OPEN_LISTING.at(where, what=shown(value))


def _must_be_there(key: str, statement: Statement) -> bool:
    lines = ((other.operator, other.key.lower(), other.values) for other in statement.conditions)
    return ("Null", key, ("false",)) in lines


def _takes_all(value: str, operator: str) -> bool:
    if operator in ("StringLike", "ArnLike", "ArnEquals"):
        return bool(value) and not set(value) - {"*"}
    return operator == "IpAddress" and value.endswith("/0")


def _opens_files(condition: Condition, key: str) -> bool:
    if key == "s3:x-amz-acl":
        return not set(condition.values) <= _HARMLESS_ACLS
    return key.startswith("s3:x-amz-grant-")


def _is_private(value: str) -> bool:
    try:
        network = as_network(value)
    except ValueError:
        return False
    return any(network.version == other.version and network.subnet_of(other) for other in _PRIVATE)  # type: ignore[arg-type]  # both are of one version
