"""Who stands in for whom, as a line."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from grants.models import Deputy, User
from grants.presenters.words import StateWords

NOW: Final = StateWords("stands in now", "good", "")
ENDED: Final = StateWords("ended early", "", "")
OVER: Final = StateWords("over", "", "")


@dataclass(frozen=True, slots=True)
class DeputyRow:
    """``is_mine``: the reader is the one who is away."""

    pk: UUID
    absent: str
    deputy: str
    group: str
    is_mine: bool
    state: StateWords
    named_at: datetime
    ends_at: datetime
    can_end: bool


def deputy_row(row: Deputy, by: User, now: datetime) -> DeputyRow:
    """For one of both."""
    stands = row.ended_at is None and row.ends_at > now
    return DeputyRow(
        pk=row.pk,
        absent=str(row.absent),
        deputy=str(row.deputy),
        group=row.group,
        is_mine=row.absent_person == by.person,
        state=NOW if stands else ENDED if row.ended_at and row.ended_at < row.ends_at else OVER,
        named_at=row.named_at,
        ends_at=min(row.ended_at or row.ends_at, row.ends_at),
        can_end=stands,
    )
