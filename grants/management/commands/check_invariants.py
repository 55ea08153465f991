"""``manage.py check_invariants``: one line for each thing that must always hold, and what offends it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from grants.flows.check_invariants import check_invariants


class Command(BaseCommand):
    """Read-only, safe while everything runs; exits with 1 when something does not hold."""

    help = "Check what must always hold (I2-I6, I9-I12) and name every grant that offends it."

    def add_arguments(self, parser: CommandParser) -> None:
        """The heads of the audit chain that were published, if they are at hand."""
        parser.add_argument("--heads", type=Path, help="a file of lines that `audit head` printed before")

    def handle(self, *_: Any, **options: Any) -> None:
        """Check them all, whatever is found."""
        heads: Path | None = options["heads"]
        published = heads.read_text(encoding="utf-8").splitlines() if heads else ()
        broken = []
        for checked in check_invariants(now=timezone.now(), published=published):
            mark = self.style.ERROR("FAIL") if checked.offences else self.style.SUCCESS("ok  ")
            self.stdout.write(f"{mark} {checked.invariant.code:<4}{checked.invariant.sentence}")
            for offence in checked.offences:
                self.stdout.write(f"     {offence.reference}: {offence.what}")
            broken += [checked.invariant.code] if checked.offences else []
        if broken:
            raise CommandError(f"does not hold: {', '.join(broken)}")
