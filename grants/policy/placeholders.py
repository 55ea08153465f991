"""What is known only when somebody asks: ``{vendor}`` in a prefix, tag or policy, filled so that it cannot escape."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from grants.errors import FieldError
from grants.policy.scopes import BucketScope, CustomScope, ManagedScope, Scope, SessionScope, SharedScope, prefix_of

FOLDER_LENGTH: Final = 64
_PLACEHOLDER: Final = re.compile(r"(?<!\$)\{([^{}]*)\}")
# No slash: a value stays one part of a path. No * ? $ { }: nothing that IAM reads as a pattern or a variable.
_SEGMENT: Final = re.compile(r"[A-Za-z0-9_!.()=+@,:&-]{1,64}")
_TAG: Final = re.compile(r"[A-Za-z0-9_.:=+@ -]{1,256}")
_POLICY: Final = re.compile(r"[A-Za-z0-9_.:=+@,-]{1,64}")


@dataclass(frozen=True, slots=True)
class Known:
    """One placeholder: the form field that a person would have to change, and the longest value it can have."""

    field: str
    words: str
    longest: str


KNOWN: Final[Mapping[str, Known]] = {
    "grant": Known("template", "the grant's reference", "Z" * 10),
    "vendor": Known("template", "the vendor's short name", "w" * 60),
    "contractor.email": Known("template", "the contractor's address", "w" * 48 + "@" + "w" * 15),
    "ticket": Known("ticket", "the ticket", "W" * 64),
    "folder": Known("folder", "the folder that the requester names", "W" * FOLDER_LENGTH),
}


@dataclass(frozen=True, slots=True)
class Filling:
    """Placeholder → value."""

    values: Mapping[str, str]

    def of(self, text: str, shape: re.Pattern[str], where: str) -> str:
        """``text`` filled; FieldError at the field whose value does not fit into ``where``."""
        return _PLACEHOLDER.sub(lambda found: self._value(found[1], shape, where), text)

    def _value(self, name: str, shape: re.Pattern[str], where: str) -> str:
        known = KNOWN.get(name)
        if known is None:
            return f"{{{name}}}"
        value = self.values.get(name, "")
        if not shape.fullmatch(value) or value in (".", ".."):
            raise FieldError(known.field, f"This cannot be used as part of {where}: {known.words} {_why(value)}")
        return value


def _why(value: str) -> str:
    return "holds characters that are not taken there." if value else "is needed there."


WORST: Final = Filling({name: known.longest for name, known in KNOWN.items()})


def names_in(text: str) -> tuple[str, ...]:
    """The placeholders of a text; FieldError for one that nobody knows."""
    names = tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))
    if unknown := [name for name in names if name not in KNOWN]:
        known = ", ".join(f"{{{name}}}" for name in KNOWN)
        raise FieldError("placeholder", f"There is no placeholder {{{unknown[0]}}}. There are: {known}.")
    return names


def names_in_scope(scope: Scope) -> frozenset[str]:
    """Every placeholder of a template's scope."""
    found = set(names_in(prefix_of(scope)))
    if isinstance(scope, SharedScope):
        found |= set(names_in(scope.tag_value))
    if isinstance(scope, ManagedScope | CustomScope) and scope.policy:
        found |= set(_policy_names(scope.policy))
    return frozenset(found)


def fill_scope(scope: Scope, filling: Filling) -> Scope:
    """The scope of one grant. Raises FieldError at ticket, folder or template, where a value does not fit."""
    match scope:
        case BucketScope():
            return replace(scope, prefix=filling.of(scope.prefix, _SEGMENT, "a path"))
        case SharedScope():
            prefix = filling.of(scope.prefix, _SEGMENT, "a path")
            return replace(scope, prefix=prefix, tag_value=filling.of(scope.tag_value, _TAG, "a tag"))
        case ManagedScope() | CustomScope():
            return replace(scope, policy=_fill_policy(scope.policy, filling)) if scope.policy else scope
        case SessionScope():
            return scope


def fill_tags(tags: Mapping[str, str], filling: Filling) -> dict[str, str]:
    """The session tags of one grant; keys are never filled."""
    return {key: filling.of(value, _TAG, "a tag") for key, value in tags.items()}


def _fill_policy(policy: str, filling: Filling) -> str:
    """Every string value and no key; JSON escapes whatever a value may hold."""
    filled = _walk(json.loads(policy), lambda text: filling.of(text, _POLICY, "the policy"))
    return json.dumps(filled, separators=(",", ":"), ensure_ascii=True)


def _walk(node: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(node, dict):
        return {key: _walk(value, change) for key, value in node.items()}
    if isinstance(node, list):
        return [_walk(value, change) for value in node]
    return change(node) if isinstance(node, str) else node


def _policy_names(text: str) -> tuple[str, ...]:
    """In an expert's policy other braces are IAM's own business."""
    return tuple(name for name in _PLACEHOLDER.findall(text) if name in KNOWN)
