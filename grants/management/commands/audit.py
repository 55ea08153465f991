"""``manage.py audit verify`` proves the chain; ``manage.py audit head`` prints its end, to be kept elsewhere."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from grants.audit import Break, published_head, verify_chain, verify_personal
from grants.models import AuditEvent, AuditHead, AuditPersonal

BATCH = 2000


class Command(BaseCommand):
    """Read-only; exits with 1 and names every row that does not hold."""

    help = "Verify the audit chain from its first row, or print its head."

    def add_arguments(self, parser: CommandParser) -> None:
        """``verify`` takes the file of heads that was published."""
        parser.add_argument("what", choices=["verify", "head"])
        parser.add_argument("--heads", type=Path, help="a file of lines that `audit head` printed before")

    def handle(self, *_: Any, **options: Any) -> None:
        """Run what was asked for."""
        if options["what"] == "head":
            self.stdout.write(published_head(timezone.now()))
            return
        breaks = [*verify_chain(_events()), *_personal_breaks(), *_tail_breaks(), *_published_breaks(options["heads"])]
        for each in breaks:
            self.stderr.write(f"row {each.seq}: {each.what}")
        if breaks:
            raise CommandError(f"the audit chain does not hold: {len(breaks)} findings")
        self.stdout.write(self.style.SUCCESS(f"the audit chain holds: {AuditEvent.objects.count()} rows"))


def _events() -> Iterator[AuditEvent]:
    return AuditEvent.objects.order_by("seq").iterator(chunk_size=BATCH)


def _personal_breaks() -> Iterator[Break]:
    events = _events()
    while batch := list(islice(events, BATCH)):
        sides: defaultdict[UUID, list[AuditPersonal]] = defaultdict(list)
        for side in AuditPersonal.objects.filter(event__in=[event.pk for event in batch]):
            sides[side.event].append(side)
        yield from verify_personal(iter(batch), sides)


def _tail_breaks() -> Iterator[Break]:
    """Rows cut off at the end leave the head behind."""
    head = AuditHead.objects.first()
    last = AuditEvent.objects.order_by("-seq").first()
    if head and (last is None or last.seq != head.seq or bytes(last.link or b"") != bytes(head.link)):
        yield Break(head.seq, "the chain's end is missing")


def _published_breaks(heads: Path | None) -> Iterator[Break]:
    for line in heads.read_text(encoding="utf-8").splitlines() if heads else ():
        _, seq, link = line.split()
        found = AuditEvent.objects.filter(seq=int(seq)).first()
        if int(seq) and (found is None or bytes(found.link or b"").hex() != link):
            yield Break(int(seq), "the row is not the one whose link was published")
