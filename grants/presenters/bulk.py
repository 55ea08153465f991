"""Several alike requests on one page: each in its own sentence, and afterwards what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from grants import queries
from grants.lifecycle import State
from grants.models import Grant
from grants.presenters.queue import QueueRow, queue_row


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One of them: its line, what was typed, and whether it is still what was read in the queue."""

    row: QueueRow
    reason: str
    ticket: str
    is_as_read: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one: in words, and ``tone`` good or bad."""

    reference: str
    words: str
    tone: str


def bulk_rows(grants: list[Grant], read: Mapping[str, str], now: datetime) -> tuple[BulkRow, ...]:
    """The requests as they are now."""
    last_ones = queries.last_ones(grants)
    return tuple(
        BulkRow(
            row=queue_row(grant, now, last_ones.get(grant.pk)),
            reason=grant.reason,
            ticket=grant.ticket,
            is_as_read=grant.state == State.REQUESTED and grant.snapshot_hash == read[grant.reference],
        )
        for grant in grants
    )
