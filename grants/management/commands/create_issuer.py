"""``manage.py create_issuer``: a principal that mints. Its keys stay in the workers' environment."""

from typing import Any, Final

from django.core.management.base import CommandParser
from django.utils import timezone

from grants.flows.issuers import register_issuer
from grants.management.operator_command import OperatorCommand
from grants.models import Issuer
from grants.models.issuer import IssuerKind

FIELDS: Final = (
    *("name", "kind", "account_id", "partition", "region", "user_arn", "role_arn", "role_id", "mfa_serial"),
    *("profile", "revoker_profile"),
)


class Command(OperatorCommand):
    """Registers an issuer by the profile names that stand in the workers' credential files."""

    help = "Register an issuer."

    def add_arguments(self, parser: CommandParser) -> None:
        """All of it; nothing is guessed. The words of docs/issuers.md."""
        parser.add_argument("name")
        parser.add_argument("--kind", choices=IssuerKind.values, default=IssuerKind.USER.value)
        parser.add_argument("--account-id", required=True, help="the account whose data it gives access to")
        parser.add_argument("--partition", choices=["aws", "aws-cn", "aws-us-gov"], default="aws")
        parser.add_argument("--region", required=True)
        parser.add_argument("--user-arn", required=True, help="who mints; of a role: who assumes it")
        parser.add_argument("--role-arn", default="")
        parser.add_argument("--role-id", default="", help="AROA…, an output of role.yaml")
        parser.add_argument("--mfa-serial", default="", help="of a session issuer whose policy asks for a code")
        parser.add_argument("--profile", required=True)
        parser.add_argument("--revoker-profile", required=True)

    def work(self, **options: Any) -> str:
        """Register it."""
        issuer = register_issuer(issuer=Issuer(**{field: options[field] for field in FIELDS}), now=timezone.now())
        return f"{issuer.name} is registered: {issuer.role_arn or issuer.user_arn}."
