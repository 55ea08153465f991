"""``manage.py audit verify`` proves the chain; ``manage.py audit head`` prints its end, to be kept elsewhere."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from grants.flows.verify_audit import published_head, verify_audit
from grants.models import AuditEvent


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
            self.stdout.write(published_head(now=timezone.now()))
            return
        heads: Path | None = options["heads"]
        breaks = verify_audit(published=heads.read_text(encoding="utf-8").splitlines() if heads else ())
        for each in breaks:
            self.stderr.write(f"row {each.seq}: {each.what}")
        if breaks:
            raise CommandError(f"the audit chain does not hold: {len(breaks)} findings")
        self.stdout.write(self.style.SUCCESS(f"the audit chain holds: {AuditEvent.objects.count()} rows"))
