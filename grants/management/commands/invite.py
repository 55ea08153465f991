"""``manage.py invite``: a contractor, in a sponsor's name."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from grants.flows.people import invite_at_once
from grants.management.operator_command import OperatorCommand


class Command(OperatorCommand):
    """Mails the invitation. Whoever is named as the inviter never decides on what the invited asks for."""

    help = "Invite a contractor."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whom, for which vendor (by its short name), in whose name."""
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument("--vendor", required=True)
        parser.add_argument("--inviter", required=True, help="a staff address")

    def work(self, **options: Any) -> str:
        """Invite."""
        invitation = invite_at_once(
            email=options["email"],
            full_name=options["name"],
            vendor=options["vendor"],
            inviter=options["inviter"],
            now=timezone.now(),
        )
        return f"{invitation.email} is invited until {invitation.expires_at:%Y-%m-%d}. The mail is on its way."
