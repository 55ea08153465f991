"""A policy's text as what it says: read once, for the findings, the evaluation and the last look before STS; pure."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

VERSION: Final = "2012-10-17"
DEPTH_MOST: Final = 20  # AWS's own go six deep; laid out, each line is as long as it is deep


class NotJsonError(ValueError):
    """The text is not JSON; the argument says where, as far as that is known."""


@dataclass(frozen=True, slots=True)
class Reading:
    """``value`` is what the JSON says; ``repeated`` are the keys that one object names twice."""

    value: object
    repeated: tuple[str, ...]


def read(text: str) -> Reading:
    """Raise NotJsonError, or return what stands there. NaN and Infinity are Python's, not JSON's.

    Of a key given twice Python keeps the last one; AWS need not, and people read the first.
    """
    repeated: list[str] = []

    def noting_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        times = Counter(key for key, _ in pairs)
        repeated.extend(sorted(key for key, count in times.items() if count > 1))
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=noting_repeats, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise NotJsonError(f"line {error.lineno}, column {error.colno}") from None
    except (ValueError, RecursionError):
        raise NotJsonError("") from None
    if _is_deep(value):
        raise NotJsonError("nested too deeply")
    if not _is_whole_text(value):
        raise NotJsonError("half a character of two, \\ud800 to \\udfff")
    return Reading(value, tuple(repeated))


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEPTH_MOST):
        level = [inner for each in level for inner in _inside(each)]
    return bool(level)


def _is_whole_text(value: object) -> bool:
    """JSON can name half of a pair of surrogates; neither PostgreSQL nor a page takes that."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _inside(value: object) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a Condition block: all of its ``values`` are text, as AWS compares them."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What can be read of a statement; whatever has no proper shape is left out here and reported by the findings.

    ``is_whole`` is False then: who evaluates must not believe what is left.
    """

    number: int
    sid: str
    effect: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    conditions: tuple[Condition, ...]
    is_whole: bool

    @property
    def is_allow(self) -> bool:
        """Whether it allows; anything that is no Deny is treated as one that does."""
        return self.effect != "Deny"

    @property
    def label(self) -> str:
        """``statement 2 (Listing)``."""
        return f"statement {self.number} ({self.sid})" if self.sid else f"statement {self.number}"


def raw_statements(value: object) -> list[object]:
    """The statements as they stand: AWS takes one object for a list of one."""
    found = value.get("Statement") if isinstance(value, dict) else None
    return found if isinstance(found, list) else [found]


def statements_of(value: object) -> tuple[Statement, ...]:
    """Every statement that is an object."""
    rows = enumerate(raw_statements(value), start=1)
    return tuple(_statement(number, raw) for number, raw in rows if isinstance(raw, dict))


def texts(found: object) -> tuple[str, ...]:
    """One text or a list of them, as a tuple; whatever is none of it, or empty, is left out."""
    rows = found if isinstance(found, list) else [found]
    return tuple(row for row in rows if isinstance(row, str) and row)


def are_texts(found: object) -> bool:
    """Whether it is one text or a list of texts that holds one at least."""
    return bool(texts(found)) and (
        isinstance(found, str) or (isinstance(found, list) and len(texts(found)) == len(found))
    )


def plain(value: object) -> str | None:
    """A condition's value as the text that AWS compares; None for what it does not take."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return value if isinstance(value, str) else None


_LISTS: Final = ("Action", "NotAction", "Resource", "NotResource")
KEYS: Final = frozenset({"Sid", "Effect", "Condition", *_LISTS})


def _statement(number: int, raw: Mapping[str, Any]) -> Statement:
    sid, effect = raw.get("Sid", ""), raw.get("Effect")
    conditions, conditions_are_whole = _conditions(raw.get("Condition", {}))
    lists = {name: texts(raw.get(name)) for name in _LISTS}
    shapes = [name not in raw or are_texts(raw[name]) for name in _LISTS]
    one_of_each = ("Action" in raw) != ("NotAction" in raw) and ("Resource" in raw) != ("NotResource" in raw)
    return Statement(
        number,
        sid if isinstance(sid, str) else "",
        effect if isinstance(effect, str) else "",
        actions=lists["Action"],
        not_actions=lists["NotAction"],
        resources=lists["Resource"],
        not_resources=lists["NotResource"],
        conditions=conditions,
        is_whole=conditions_are_whole
        and all(shapes)
        and one_of_each
        and raw.keys() <= KEYS
        and effect in ("Allow", "Deny"),
    )


def _conditions(block: object) -> tuple[tuple[Condition, ...], bool]:
    """Each line that can be read, and whether that is all of them."""
    if not isinstance(block, dict):
        return (), False
    found, is_whole = [], True
    for operator, pairs in block.items():
        for key, value in pairs.items() if isinstance(pairs, dict) else ():
            rows = [plain(row) for row in (value if isinstance(value, list) else [value])]
            values = tuple(row for row in rows if row is not None)
            found.append(Condition(operator, key, values))
            is_whole &= bool(values) and len(values) == len(rows)
        is_whole &= isinstance(pairs, dict) and bool(pairs)
    return tuple(found), is_whole
