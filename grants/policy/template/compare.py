"""Two wordings of a template side by side: field by field in words, and their policies line by line; pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain
from typing import Final

from grants.policy.document import NotJsonError, read
from grants.policy.template.fields import FIELDS
from grants.policy.template.value import Template

PAIRS_MOST: Final = 90_000  # of lines; laying them over each other takes the third power in the worst case


@dataclass(frozen=True, slots=True)
class Change:
    """A field that differs; "" where one of them has none."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a policy. ``sign`` is "+", "-" or a space, ``word`` says it to those who do not see it."""

    sign: str
    word: str
    text: str


def changes_between(before: Template, after: Template) -> tuple[Change, ...]:
    """Every field that differs, in the order of the form; but a policy, whose lines are laid over each other."""
    return tuple(_changes(before, after))


def _changes(before: Template, after: Template) -> Iterator[Change]:
    for field in FIELDS:
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old != new and field.name != "policy":
            yield Change(field.label, field.say(old), field.say(new))


def lines_between(before: str, after: str) -> tuple[Line, ...]:
    """Two policies as sent, indented and laid over each other; nothing where they are the same.

    Far longer ones than AWS takes stand one after the other.
    """
    if before == after:
        return ()
    old, new = _lines(before), _lines(after)
    if len(old) * len(new) > PAIRS_MOST:
        return tuple(_block("replace", old, new))
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return tuple(chain.from_iterable(_block(tag, old[a:b], new[c:d]) for tag, a, b, c, d in blocks))


def _block(tag: str, old: list[str], new: list[str]) -> Iterator[Line]:
    if tag == "equal":
        yield from (Line(" ", "", text) for text in old)
        return
    yield from (Line("-", "taken away", text) for text in old)
    yield from (Line("+", "added", text) for text in new)


def _lines(policy: str) -> list[str]:
    try:
        return json.dumps(read(policy).value, indent=2).splitlines() if policy else []
    except NotJsonError:
        return policy.splitlines()
