"""Which patterns may judge a ticket: Python's matcher tries one way after the other, so there must be few of them."""

import re
from typing import Final

from grants.errors import FieldError

TICKET_LENGTH: Final = 100
REPEATS_MAX: Final = 100
WAYS_MAX: Final = 1_000_000  # tried in some tens of milliseconds, by the worst ticket for the worst pattern
TOKEN: Final = re.compile(
    r"""(?P<escape>\\.) | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\]) | (?P<open>\((?:\?:)?) | (?P<close>\)) | (?P<bar>\|)
    | (?P<many>(?:[*+?]|\{[0-9]*,?[0-9]*\})[?+]?) | (?P<one>.)""",
    re.VERBOSE | re.DOTALL,
)
SPANS: Final = {"*": (0, REPEATS_MAX), "+": (1, REPEATS_MAX), "?": (0, 1)}


def check_ticket_pattern(pattern: str) -> None:
    """A regular expression whose matching ends soon, whatever somebody types as a ticket; FieldError otherwise."""
    try:
        re.compile(pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise _refusal("This is not a regular expression.") from error
    if _ways(pattern) > WAYS_MAX:
        raise _refusal("This pattern leaves too much open, so that checking a ticket could take for ever.")
    if any(re.fullmatch(pattern, lazy, re.ASCII) for lazy in ("", ".", "-", "x")):
        raise _refusal("This pattern lets a single character or nothing pass. Make it stricter.")


def _ways(pattern: str) -> int:
    """At most how many ways there are to lay ``pattern`` over a ticket; raises where that grows without bound."""
    open_groups, atom, in_atom = [1], "", 1
    for token in TOKEN.finditer(pattern):
        kind = str(token.lastgroup)
        if kind == "open":
            open_groups.append(1)
        elif kind == "close":
            in_atom = open_groups.pop()
            open_groups[-1] *= in_atom
        elif kind == "bar":
            open_groups[-1] *= 2
        elif kind == "many":
            open_groups[-1] *= _repeats(token.group(), atom, in_atom)
        elif kind == "escape" and token.group()[1].isdigit():
            raise _refusal("A pattern cannot refer back to one of its groups.")
        atom = kind
    return open_groups[0]


def _repeats(quantifier: str, atom: str, in_atom: int) -> int:
    """By how many ways a quantifier multiplies those of what stands before it."""
    if atom == "open":
        raise _refusal("Of groups, only (…) and (?:…) are taken.")
    low, high = _span(quantifier)
    if high > REPEATS_MAX:
        raise _refusal(f"Nothing in a ticket is repeated more than {REPEATS_MAX} times.")
    if atom != "close":
        return high - low + 1
    if in_atom > 1 and (low, high) != SPANS["?"]:
        raise _refusal("A group that leaves a choice cannot be repeated: write it out, or repeat what is inside.")
    return max(high, high - low + 1)


def _span(quantifier: str) -> tuple[int, int]:
    if (known := SPANS.get(quantifier[0])) is not None:
        return known
    low, comma, high = quantifier.rstrip("?+").strip("{}").partition(",")
    least = int(low or 0)
    return (least, int(high or REPEATS_MAX)) if comma else (least, least)


def _refusal(why: str) -> FieldError:
    return FieldError("ticket_pattern", f"{why} Try for example: [A-Z]{{2,10}}-[0-9]{{1,6}}")
