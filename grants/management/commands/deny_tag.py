"""``manage.py deny_tag vendor acme --reason … --by ada@example.org`` ends every session of a vendor or a template."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from grants.errors import FieldError, GrantError
from grants.flows.revoke_many import deny_tag
from grants.models import User


class Command(BaseCommand):
    """One entry in the Deny of every issuer; the grants end, and nothing is issued until it is lifted by itself."""

    help = "Have AWS refuse every session of one vendor or one template, and end their grants."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which, why, and who answers for it."""
        parser.add_argument("kind", choices=["vendor", "template"])
        parser.add_argument("slug", help="as in the register, and as the session tag says it")
        parser.add_argument("--reason", required=True, help="the contractors and the auditors read it")
        parser.add_argument("--by", required=True, help="mail address of the template admin who decided it")

    def handle(self, *_: Any, **options: Any) -> None:
        """Do it and say what became of it."""
        by = User.objects.filter(email=options["by"].strip().lower()).first()
        if by is None:
            raise CommandError(f"nobody has the address {options['by']}")
        try:
            done = deny_tag(
                kind=options["kind"], slug=options["slug"], by=by, reason=options["reason"], now=timezone.now()
            )
        except FieldError as error:
            raise CommandError(error.field_sentence) from None
        except GrantError as error:
            raise CommandError(f"{error.sentence} {error.way_on}") from None
        self.stdout.write(
            f"{done.entry} is denied on {done.issuers} issuers until {done.until:%Y-%m-%d %H:%M} UTC at least, and"
            f" {done.ended} grants ended. The revoke worker writes it now; the audit log says when AWS showed it."
        )
