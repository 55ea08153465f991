"""What must always hold, asked of PostgreSQL: one query an invariant (invariants.sql), which names what offends it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

OFFENCES_MAX: Final = 100
# The history is read as a whole: hourly is fine, for ever is not.
STATEMENT_TIMEOUT: Final = "120s"
_HEADER: Final = re.compile(r"^-- (I\d+) (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Invariant:
    """``sentence`` says what must hold; ``sql`` returns a reference and what is wrong there, a row an offence."""

    code: str
    sentence: str
    sql: str


@dataclass(frozen=True, slots=True)
class Offence:
    """A grant's reference (or a row of the audit chain) and what is wrong there."""

    reference: str
    what: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the audit chain, as it was published once."""

    seq: int
    link: bytes


def _read(text: str) -> dict[str, Invariant]:
    parts = _HEADER.split(text)[1:]
    named = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return {code: Invariant(code, sentence.strip(), sql.strip().rstrip(";")) for code, sentence, sql in named}


INVARIANTS: Final[Mapping[str, Invariant]] = _read(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def offences_against(invariant: Invariant, *, now: datetime, heads: Sequence[Head] = ()) -> list[Offence]:
    """At most a hundred places where it does not hold; ``heads`` are published ends of the audit chain."""
    values: dict[str, Any] = {"now": now, "seqs": [head.seq for head in heads], "links": [head.link for head in heads]}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [STATEMENT_TIMEOUT])
        cursor.execute(f"SELECT * FROM ({invariant.sql}) AS offences LIMIT {OFFENCES_MAX}", values)  # noqa: S608 - our own file
        return [Offence(reference, what) for reference, what in cursor.fetchall()]
