"""``manage.py issuer_profiles``: whose keys mint and whose revoke, by the names in the workers' AWS files."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from grants.flows.issuers import IssuerProfiles, set_profiles
from grants.management.operator_command import OperatorCommand


class Command(OperatorCommand):
    """Changes them; grants that were approved under the old ones are refused."""

    help = "Change the profiles of an issuer."

    def add_arguments(self, parser: CommandParser) -> None:
        """Both, so that nothing is guessed."""
        parser.add_argument("name")
        parser.add_argument("--profile", required=True)
        parser.add_argument("--revoker-profile", required=True)

    def work(self, **options: Any) -> str:
        """Change them."""
        profiles = IssuerProfiles(profile=options["profile"], revoker_profile=options["revoker_profile"])
        issuer = set_profiles(name=options["name"], profiles=profiles, now=timezone.now())
        return f"{issuer.name}: {issuer.profile} mints, {issuer.revoker_profile} revokes. Now run manage.py doctor."
