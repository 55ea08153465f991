"""Finding an action by words, so that nobody has to know its name or type an ARN; pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from grants.policy.catalogue import LEVELS, KnownAction, service, titles

_WORD: Final = re.compile(r"[a-z0-9]+")
_HUMP: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+")
WORDS_MOST: Final = 8
SHORT: Final = 3
# What people say → what AWS says.
ALSO: Final = {
    "download": ("get", "retrieve"),
    "read": ("get", "retrieve"),
    "remove": ("delete",),
    "upload": ("put",),
    "write": ("put",),
}
WHOLE, BEGINS, HUMP, INSIDE, TOLD = 100, 40, 20, 10, 2  # how much a word counts, by where it was found


def search(words: str, *, services: Sequence[str] = ("s3",), most: int = 50) -> tuple[KnownAction, ...]:
    """The actions in which every word is found, best first; no word, every action.

    ``kms:get`` asks that service alone, ``kms get`` does where it has an answer.
    """
    prefix, colon, rest = words.strip().partition(":")
    if colon and service(prefix):
        return _found(rest, (prefix,))[:most]
    first, _, others = words.strip().partition(" ")
    own = _found(others, (first,)) if others and service(first) else ()
    return (own or _found(words, services))[:most]


def found_by(known: KnownAction) -> str:
    """Everything by which an action is found, for a list that narrows itself while somebody types."""
    said = [said for said, heard in ALSO.items() if any(word in known.name.lower() for word in heard)]
    return " ".join([known.name, *_HUMP.findall(known.name), known.description, *said]).lower()


def _found(words: str, services: Sequence[str]) -> tuple[KnownAction, ...]:
    wanted = _words(words)
    ranked = sorted(_ranked(wanted, services), key=lambda row: (-row[0], len(row[1].name), row[1].name))
    return tuple(known for _, known in ranked)


def by_level(found: Sequence[KnownAction]) -> tuple[tuple[str, tuple[KnownAction, ...]], ...]:
    """The same actions under List, Read, Write, Tagging, Permissions management; empty levels are left out."""
    groups = ((level, tuple(known for known in found if known.level == level)) for level in LEVELS)
    return tuple((level, members) for level, members in groups if members)


def search_services(words: str, *, most: int = 20) -> tuple[tuple[str, str], ...]:
    """(prefix, title) of the services whose prefix or title holds every word; those that begin so come first."""
    wanted = _words(words)
    rows = [row for row in titles().items() if all(word in f"{row[0]} {row[1]}".lower() for word in wanted)]
    return tuple(sorted(rows, key=lambda row: (not row[0].startswith("".join(wanted)), len(row[0]), row[0]))[:most])


def _words(text: str) -> list[str]:
    """At most eight, without the s of a plural: AWS writes now one, now the other."""
    found = _WORD.findall(text.lower())[:WORDS_MOST]
    return [word.removesuffix("s") if len(word) > SHORT else word for word in found]


def _ranked(wanted: Sequence[str], services: Sequence[str]) -> Iterator[tuple[int, KnownAction]]:
    for prefix in services:
        found = service(prefix)
        for known in found.actions.values() if found else ():
            worth = [max(_worth(said, known) for said in (word, *ALSO.get(word, ()))) for word in wanted]
            if all(worth):
                yield sum(worth), known


def _worth(word: str, known: KnownAction) -> int:
    """0 when the word stands nowhere."""
    name = known.name.partition(":")[2]
    if word == name.lower():
        return WHOLE
    if name.lower().startswith(word):
        return BEGINS
    if any(hump.lower().startswith(word) for hump in _HUMP.findall(name)):
        return HUMP
    if word in name.lower():
        return INSIDE
    return TOLD if word in known.description.lower() else 0
