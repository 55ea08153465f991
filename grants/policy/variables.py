"""Policy variables, ``${aws:userid}``, as AWS fills them in while it decides; pure."""

import re
from collections.abc import Mapping
from typing import Final

from grants.policy.wildcards import pattern

_VARIABLE: Final = re.compile(r"\$\{([^{}]*)\}")
# One way to lay it over a text: three runs of blanks side by side would be tried in every division.
_DEFAULT: Final = re.compile(r"([^,']+)(?:,\s*'([^']*)'\s*)?")
_SIGNS: Final = frozenset("*?$")


def expanded(
    text: str, context: Mapping[str, tuple[str, ...]] | None, *, is_literal: bool = False
) -> tuple[str, ...] | None:
    """``text`` as a pattern, its variables filled in from ``context`` (lower-case keys); None when one has no value.

    What is filled in is taken as it stands: a star in it is a star, as it is everywhere where ``is_literal``. Without a
    context (the policy language of 2008) ``${…}`` is text.
    """
    read = tuple if is_literal else pattern
    if context is None or "${" not in text:
        return read(text)
    tokens: list[str] = []
    at = 0
    for found in _VARIABLE.finditer(text):
        value = _value_of(found[1], context)
        if value is None:
            return None
        tokens += (*read(text[at : found.start()]), *value)
        at = found.end()
    return (*tokens, *read(text[at:]))


def _value_of(inside: str, context: Mapping[str, tuple[str, ...]]) -> str | None:
    if inside in _SIGNS:
        return inside
    found = _DEFAULT.fullmatch(inside)
    if found is None:
        return None
    values = context.get(found[1].strip().lower(), ())
    # AWS fills in keys of one value only.
    return values[0] if len(values) == 1 else found[2]
