"""An auditor proves the audit chain from its first row to its end, and to every head that was published."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final
from uuid import UUID

from grants.audit import GENESIS, Break, verify_chain, verify_personal, verify_row
from grants.models import AuditEvent, AuditHead, AuditPersonal

BATCH: Final = 2000


def verify_audit(*, published: Iterable[str] = ()) -> list[Break]:
    """Every place where the chain, its personal values, its end or a published head does not hold; [] when all do.

    ``published`` are lines of ``published_head``, kept where no role of this database can write.
    """
    return [*verify_chain(_events()), *_personal_breaks(), *_tail_breaks(), *_published_breaks(published)]


def verify_rows(*, events: Sequence[AuditEvent]) -> list[Break]:
    """The same for some rows only: each holds by itself, and its personal values are those it was written with."""
    return [
        *(each for event in events for each in verify_row(event)),
        *verify_personal(iter(events), _sides_of(events)),
    ]


def published_head(*, now: datetime) -> str:
    """The chain's end as a line to keep elsewhere: when, sequence number, link."""
    last = AuditEvent.objects.order_by("-seq").first()
    seq, link = (last.seq, bytes(last.link or b"").hex()) if last else (0, GENESIS.hex())
    return f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {seq} {link}"


def _events() -> Iterator[AuditEvent]:
    return AuditEvent.objects.order_by("seq").iterator(chunk_size=BATCH)


def _personal_breaks() -> Iterator[Break]:
    events = _events()
    while batch := list(islice(events, BATCH)):
        yield from verify_personal(iter(batch), _sides_of(batch))


def _sides_of(events: Sequence[AuditEvent]) -> dict[UUID, list[AuditPersonal]]:
    sides: defaultdict[UUID, list[AuditPersonal]] = defaultdict(list)
    for side in AuditPersonal.objects.filter(event__in=[event.pk for event in events]):
        sides[side.event].append(side)
    return sides


def _tail_breaks() -> Iterator[Break]:
    """Rows cut off at the end leave the head behind."""
    head = AuditHead.objects.first()
    last = AuditEvent.objects.order_by("-seq").first()
    if head and (last is None or last.seq != head.seq or bytes(last.link or b"") != bytes(head.link)):
        yield Break(head.seq, "the chain's end is missing")


def _published_breaks(lines: Iterable[str]) -> Iterator[Break]:
    for line in lines:
        _, seq, link = line.split()
        found = AuditEvent.objects.filter(seq=int(seq)).first()
        if int(seq) and (found is None or bytes(found.link or b"").hex() != link):
            yield Break(int(seq), "the row is not the one whose link was published")
