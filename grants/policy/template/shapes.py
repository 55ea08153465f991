"""How one value of a document is read: what it must be, and what to say where it is something else; pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from grants.errors import FieldError
from grants.policy.document import NotJsonError
from grants.policy.document import read as read_policy
from grants.policy.ticket import check_ticket_pattern

Shape: TypeAlias = Callable[[object], Any]

QUARTERS: Final = 4
REASON_LEAST: Final = 10
REASON_MOST: Final = 500
LIST_MOST: Final = 100


def refuse(sentence: str) -> FieldError:
    """A refusal whose field the caller knows."""
    return FieldError("", sentence)


def text(most: int, *, needed: str = "", lines: bool = False) -> Shape:
    """Plain text: nothing that hides, reorders or ends a line. ``needed`` is what to say when it is empty."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise refuse("Write this as text, in quotes where it looks like a number.")
        found = value.replace("\r\n", "\n").strip()
        shown = found.replace("\n", "").replace("\t", "") if lines else found
        if not shown.isprintable():
            raise refuse("This holds a character that cannot be seen. Type it as plain text.")
        if len(found) > most:
            raise refuse(f"This takes at most {most:,} characters.")
        if needed and not found:
            raise refuse(needed)
        return found

    return read


def laid_out(policy: str) -> str:
    """A policy as people read it, the same whoever typed it; what cannot be read in one way stays as it is."""
    try:
        reading = read_policy(policy)
    except NotJsonError:
        return policy
    return json.dumps(reading.value, indent=2) if not reading.repeated else policy


def policy(most: int) -> Shape:
    """JSON, laid out; what it says is looked at elsewhere."""
    plain = text(most, lines=True)
    return lambda value: laid_out(str(plain(value)))


def pattern() -> Shape:
    """A regular expression that ends soon, or nothing."""
    plain = text(200)

    def read(value: object) -> str:
        found = str(plain(value))
        if found:
            check_ticket_pattern(found)
        return found

    return read


def one_of(choices: Sequence[str], *, needed: str = "Choose one of the list.") -> Shape:
    """One of ``choices``."""

    def read(value: object) -> str:
        if value not in choices:
            raise refuse(f"{needed} There are: {', '.join(choices)}.")
        return str(value)

    return read


def texts(most: int, *, needed: str = "") -> Shape:
    """A list of texts, each once; a list has no order here but that of its first naming."""
    one = text(most)

    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise refuse("Write this as a list.")
        if len(value) > LIST_MOST:
            raise refuse(f"Name at most {LIST_MOST}.")
        found = tuple(row for row in map(one, value) if row)
        if len(set(found)) != len(found):
            raise refuse("Name each once.")
        if needed and not found:
            raise refuse(needed)
        return found

    return read


def some_of(choices: Sequence[str], *, needed: str) -> Shape:
    """At least one of ``choices``, in their own order."""
    listed = texts(LIST_MOST, needed=needed)

    def read(value: object) -> tuple[str, ...]:
        found = listed(value)
        if unknown := [row for row in found if row not in choices]:
            raise refuse(f"“{unknown[0]}” is none of these: {', '.join(choices)}.")
        return tuple(row for row in choices if row in found)

    return read


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise refuse("Write true or false.")
    return value


def hours(least: float, most: float, *, or_none: bool = False) -> Shape:
    """Quarter hours, both ends taken; 0 means none where ``or_none``."""

    def read(value: object) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        found = float(value) if is_number and 0 <= value <= most else -1.0  # type: ignore[operator, arg-type]  # a number, as is_number says
        if or_none and found == 0:
            return found
        if (found * QUARTERS) % 1 or not least <= found <= most:
            raise refuse(f"Choose between {_in_words(least)} and {_in_words(most)}, in quarter hours.")
        return found

    return read


def _in_words(count: float) -> str:
    return "15 minutes" if count == 1 / QUARTERS else f"{count:g} hours"


def pairs(value: object) -> Mapping[str, str]:
    """Session tags: key → value; what AWS takes of them is looked at with the whole request."""
    found: dict[str, str] = {}
    for key, raw in _rows(value, most=50):
        if not isinstance(raw, str):
            raise refuse("Write each tag as text, in quotes where it looks like a number.")
        if key.casefold() in (known.casefold() for known in found):
            raise refuse(f"“{key[:60]}” is named twice. AWS does not tell keys apart by case.")
        found[key] = raw.strip()
    return found


def counts(value: object) -> Mapping[str, int]:
    """Group → how many of it must sign."""
    found: dict[str, int] = {}
    for group, raw in _rows(value, most=20):
        if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= 9:  # noqa: PLR2004 - said below
            raise refuse("Of each group between 1 and 9 persons sign.")
        found[group] = raw
    if not found:
        raise refuse("Choose who must sign.")
    return dict(sorted(found.items()))


def reasons(value: object) -> Mapping[str, str]:
    """Code of a warning → why it may stand."""
    one = text(REASON_MOST, lines=True)
    found = {code: str(one(raw)) for code, raw in _rows(value, most=LIST_MOST)}
    if short := [code for code, reason in found.items() if 0 < len(reason) < REASON_LEAST]:
        raise refuse(f"Say in at least {REASON_LEAST} characters why “{short[0]}” may stand.")
    return {code: reason for code, reason in sorted(found.items()) if reason}


def _rows(value: object, *, most: int) -> list[tuple[str, object]]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise refuse("Write this as pairs: a name, a colon, a value.")
    if len(value) > most:
        raise refuse(f"There are at most {most} of these.")
    rows = [(key.strip(), raw) for key, raw in value.items()]
    if not all(key and key.isprintable() for key, _ in rows):
        raise refuse("A name here is empty, or holds a character that cannot be seen.")
    return rows
