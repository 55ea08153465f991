"""AWS's wildcards, ``*`` and ``?``: whether a pattern takes a text, and whether two patterns share one; pure.

Without regular expressions: whoever writes ``*a*a*a*`` must not keep a process busy. A pattern is a sequence of
characters in which ANY and ONE stand for the wildcards, so that a literal star is not taken for one.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

ANY: Final = "*any"  # no single character, so no text holds it
ONE: Final = "?one"
_WILD: Final = {"*": ANY, "?": ONE}

Pattern = Sequence[str]


@lru_cache(maxsize=256)
def pattern(text: str) -> tuple[str, ...]:
    """``text`` with its wildcards marked as such."""
    return tuple(_WILD.get(character, character) for character in text)


def without_escapes(text: str) -> str:
    """``text`` with one plain character for each ``${*}``, ``${?}`` and ``${$}``, by which AWS writes those signs."""
    return text.replace("${*}", "_").replace("${?}", "_").replace("${$}", "_")


def has_wildcard(text: str) -> bool:
    """Whether a ``*`` or ``?`` stands in it."""
    return "*" in text or "?" in text


def takes(wanted: Pattern, text: str) -> bool:
    """Whether the whole of ``text`` fits; in the time of one product of the two lengths, whatever they are."""
    at, back_to, tried = 0, -1, 0
    here = 0
    while here < len(text):
        if at < len(wanted) and wanted[at] == ANY:
            back_to, tried, at = at, here, at + 1
        elif at < len(wanted) and wanted[at] in (ONE, text[here]):
            at, here = at + 1, here + 1
        elif back_to >= 0:
            tried += 1
            at, here = back_to + 1, tried
        else:
            return False
    return all(token == ANY for token in wanted[at:])


@lru_cache(maxsize=1_024)
def overlap(one: str, other: str) -> bool:
    """Whether some text fits both patterns."""
    if not has_wildcard(other):
        return takes(pattern(one), other)
    if not has_wildcard(one):
        return takes(pattern(other), one)
    return _overlap(pattern(one), pattern(other))


def _overlap(one: Pattern, other: Pattern) -> bool:
    """Row by row: ``reached[j]`` says whether what stands so far of ``one`` and the first j of ``other`` agree."""
    reached = [True, *(False for _ in other)]
    _skip_any(reached, other)
    for token in one:
        row = [token == ANY and reached[0], *(False for _ in other)]
        for j, facing in enumerate(other, start=1):
            if ANY in (token, facing):
                row[j] = reached[j] or row[j - 1]
            else:
                row[j] = reached[j - 1] and (token == facing or ONE in (token, facing))
        reached = row
    return reached[-1]


def _skip_any(reached: list[bool], other: Pattern) -> None:
    for j, token in enumerate(other, start=1):
        reached[j] = token == ANY and reached[j - 1]
