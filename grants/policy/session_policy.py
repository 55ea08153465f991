"""The last look at a session policy before STS gets it: readable in one way only, and never an allow-all."""

from typing import Final

from grants.errors import FieldError
from grants.policy.document import NotJsonError, raw_statements, read

_KEYS: Final = frozenset({"Sid", "Effect", "Action", "Resource", "NotResource", "Condition"})
_NEVER: Final = frozenset({"iam", "sts"})


def check_session_policy(policy: str) -> None:
    """Raise FieldError unless ``policy`` is JSON whose every Allow names actions of a service that may be given.

    A federated session reaches IAM through the console, so IAM, STS and ``*`` are refused whoever signed them.
    """
    try:
        reading = read(policy)
    except NotJsonError:
        raise FieldError("policy", "The policy is not JSON.") from None
    if reading.repeated:
        raise FieldError("policy", "The policy names a key twice in one object.")
    statements = raw_statements(reading.value)
    if not statements or statements == [None]:
        raise FieldError("policy", "The policy has no statement.")
    for statement in statements:
        _check_statement(statement)


def _check_statement(statement: object) -> None:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        raise FieldError("policy", 'Every statement of the policy is an object with Effect "Allow" or "Deny".')
    if unknown := sorted(statement.keys() - _KEYS):
        raise FieldError("policy", f"A statement of the policy has {unknown[0]!r}, which is not allowed here.")
    if statement["Effect"] == "Deny":
        return
    actions = statement.get("Action")
    if not actions or not all(map(_may_be_given, actions if isinstance(actions, list) else [actions])):
        raise FieldError("policy", "The policy allows every action, none by name, or actions on IAM or STS.")


def _may_be_given(action: object) -> bool:
    """``service:Name``; IAM reads both without regard to case."""
    service, colon, name = action.partition(":") if isinstance(action, str) else ("", "", "")
    return bool(colon and name and service) and service.casefold() not in _NEVER and not set(service) & set("*?")
