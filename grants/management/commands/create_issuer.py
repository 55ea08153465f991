"""``manage.py create_issuer``: an IAM user that mints. Its keys stay in the workers' environment."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from grants.flows.people import register_issuer
from grants.management.operator_command import OperatorCommand
from grants.models import Issuer


class Command(OperatorCommand):
    """Registers an issuer by the profile names that stand in the workers' credential files."""

    help = "Register an issuer."

    def add_arguments(self, parser: CommandParser) -> None:
        """All of it; nothing is guessed."""
        parser.add_argument("name")
        parser.add_argument("--account-id", required=True)
        parser.add_argument("--region", required=True)
        parser.add_argument("--user-arn", required=True)
        parser.add_argument("--profile", required=True)
        parser.add_argument("--revoker-profile", required=True)

    def work(self, **options: Any) -> str:
        """Register it."""
        fields = ("name", "account_id", "region", "user_arn", "profile", "revoker_profile")
        issuer = register_issuer(issuer=Issuer(**{field: options[field] for field in fields}), now=timezone.now())
        return f"{issuer.name} is registered: {issuer.user_arn}."
