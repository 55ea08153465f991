"""``manage.py change_staff``: the way out when there are not two admins who can act."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from grants.flows.people import Wanted, change_at_once
from grants.management.operator_command import OperatorCommand
from grants.models.person_change import ChangeKind

KINDS = (ChangeKind.GIVE, ChangeKind.TAKE, ChangeKind.LEAVE, ChangeKind.RESET, ChangeKind.THAW)


class Command(OperatorCommand):
    """Gives or takes a role, closes an account, resets a second factor, lets a frozen person back in.

    The audit row says that an operator did it.
    """

    help = "Change a staff account without a second admin."

    def add_arguments(self, parser: CommandParser) -> None:
        """What, for whom, why."""
        parser.add_argument("what", choices=[kind.value for kind in KINDS])
        parser.add_argument("email")
        parser.add_argument("--role", default="")
        parser.add_argument("--reason", required=True)

    def work(self, **options: Any) -> str:
        """Change it."""
        kind = ChangeKind(options["what"])
        if kind in {ChangeKind.GIVE, ChangeKind.TAKE} and not options["role"]:
            raise CommandError("--role is missing")
        wanted = Wanted(kind, options["email"], role=options["role"])
        user, _ = change_at_once(wanted=wanted, reason=options["reason"], now=timezone.now())
        return f"Done: {kind.label}, {user.email}. The person was told by mail."
