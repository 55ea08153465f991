"""``manage.py create_staff``: a staff account, without the second admin that the pages ask for."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from grants.flows.people import Wanted, change_at_once
from grants.management.operator_command import OperatorCommand
from grants.models.person import STAFF_ROLES
from grants.models.person_change import ChangeKind


class Command(OperatorCommand):
    """Prints a link, once, by which the person sets a password; it works for an hour and one time."""

    help = "Make a staff account and print the link that sets its password."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, and with which role; a sponsor has none."""
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument("--role", default="", choices=["", *STAFF_ROLES])

    def work(self, **options: Any) -> str:
        """Make it."""
        wanted = Wanted(ChangeKind.JOIN, options["email"], full_name=options["name"], role=options["role"])
        user, link = change_at_once(wanted=wanted, reason="made from the shell", now=timezone.now())
        return f"{user.email} has an account. The password is set here, once, within the hour:\n{link}"
