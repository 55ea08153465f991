"""Whether one line of a Condition holds for a request: yes, no, or not known; never a guess; pure."""

import operator
from collections.abc import Callable, Mapping
from enum import Enum
from ipaddress import IPv4Network, IPv6Network
from types import MappingProxyType
from typing import Any, Final

from grants.policy.arns import takes_arn
from grants.policy.condition_keys import FOR_ALL, FOR_ANY, OPERATORS, split_operator
from grants.policy.condition_values import as_bool, as_network, as_number, as_seconds
from grants.policy.document import Condition
from grants.policy.variables import expanded
from grants.policy.wildcards import takes

Context = Mapping[str, tuple[str, ...]]  # lower-case keys


class Answer(Enum):
    """UNKNOWN: an operator or value that Daypass does not judge."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def holds(condition: Condition, context: Context, *, has_variables: bool) -> Answer:
    """One operator and key with its values; ``has_variables``: the policy says Version 2012-10-17."""
    split = split_operator(condition.operator)
    if split is None or OPERATORS[split[1]] == "Binary":
        return Answer.UNKNOWN
    try:
        is_met = _is_met(condition, split, context, has_variables=has_variables)
    except (ValueError, OverflowError):
        return Answer.UNKNOWN
    return Answer.YES if is_met else Answer.NO


def _is_met(condition: Condition, split: tuple[str, str, bool], context: Context, *, has_variables: bool) -> bool:
    qualifier, name, if_exists = split
    given = context.get(condition.key.lower())
    if name == "Null":
        return any(as_bool(value) == (not given) for value in condition.values)
    is_negated = "Not" in name
    if not given:
        # Source: IAM User Guide. A negated operator and ForAllValues hold where the key is absent, as IfExists does.
        return qualifier == FOR_ALL or if_exists or (is_negated and qualifier != FOR_ANY)
    compare = _comparison(name, condition.values, context if has_variables else None)
    fits = [compare(value) for value in given]
    if qualifier == FOR_ALL:
        return all(fit != is_negated for fit in fits)
    if qualifier == FOR_ANY:
        return any(fit != is_negated for fit in fits)
    return not any(fits) if is_negated else any(fits)


def _comparison(name: str, values: tuple[str, ...], variables: Context | None) -> Callable[[str], bool]:
    """Whether a request's value fits one of ``values``, the negation left aside."""
    family, plain = OPERATORS[name], name.replace("Not", "", 1)
    if family == "Arn":
        return lambda given: any(takes_arn(value, given, variables) for value in values)
    if family == "String":
        return _text_comparison(plain, values, variables)
    read, test = _READERS[family], _TESTS[plain.removeprefix(family)]
    expected = [read(value) for value in values]
    return lambda given: any(test(read(given), one) for one in expected)


def _text_comparison(name: str, values: tuple[str, ...], variables: Context | None) -> Callable[[str], bool]:
    """StringEquals knows no wildcards; a variable without a value fits nothing."""
    fold = str.lower if name == "StringEqualsIgnoreCase" else str
    found = [expanded(value, variables, is_literal=name != "StringLike") for value in values]
    wanted = [tuple(map(fold, tokens)) for tokens in found if tokens is not None]
    return lambda given: any(takes(tokens, fold(given)) for tokens in wanted)


def _is_inside(given: IPv4Network | IPv6Network, wanted: IPv4Network | IPv6Network) -> bool:
    return given.version == wanted.version and given.subnet_of(wanted)  # type: ignore[arg-type]  # both are of one version


_READERS: Final[Mapping[str, Callable[[str], Any]]] = MappingProxyType(
    {"Numeric": as_number, "Date": as_seconds, "Ip": as_network, "Bool": as_bool}
)
_TESTS: Final[Mapping[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {
        "": operator.eq,  # Bool
        "Address": _is_inside,
        "Equals": operator.eq,
        "LessThan": operator.lt,
        "LessThanEquals": operator.le,
        "GreaterThan": operator.gt,
        "GreaterThanEquals": operator.ge,
    }
)
