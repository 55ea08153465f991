"""``manage.py after_restore``: what must happen before Daypass works on a database that came from a backup."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from grants import queries
from grants.flows.revoke_many import after_restore, believe, distrust


class Command(BaseCommand):
    """As daypass_owner, with the workers stopped; without an option it ends everything that was open."""

    help = "After a restore: end what was open, deny what may be alive, then let Daypass issue and reveal again."

    def add_arguments(self, parser: CommandParser) -> None:
        """One of three other things to do, and why."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--check", action="store_true", help="only say whether anything is issued or revealed")
        what.add_argument("--distrust", metavar="REASON", help="only stop issuing and revealing, from now on")
        what.add_argument(
            "--nothing-lost",
            metavar="REASON",
            help="end nothing: moved, upgraded, or failed over with no commit lost",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Do it and say what became of it; ``--check`` exits with 1 while nothing is issued."""
        if options["distrust"]:
            distrust(reason=options["distrust"], now=timezone.now())
        elif options["nothing_lost"]:
            believe(reason=options["nothing_lost"], now=timezone.now())
        elif not options["check"]:
            done = after_restore(clock=timezone.now)
            self.stdout.write(
                f"{done.grants} grants ended, {done.sessions} sessions are denied by name, {done.mails} mails were"
                f" dropped, and on {done.issuers} issuers everything older than now is denied for 36 hours."
            )
        if queries.is_fenced():
            words = "this database is not believed: nothing is issued or revealed"
            if options["check"]:
                raise CommandError(words)
            self.stdout.write(words)
        else:
            self.stdout.write("this database is believed: Daypass issues and reveals")
