"""``manage.py approver_keys``: whose passkeys the issue worker believes."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from grants.flows.people import believe_passkey, distrust_passkey
from grants.management.operator_command import OperatorCommand
from grants.models import ApproverKey


class Command(OperatorCommand):
    """The approver reads the fingerprint out from the page of their passkeys; the operator types it here."""

    help = "List, trust or distrust the passkeys by which approvals are signed."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which passkey."""
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="whose passkeys are believed, and for which groups")
        trust = acts.add_parser("trust", help="believe a passkey's signatures")
        trust.add_argument("email")
        trust.add_argument("fingerprint")
        trust.add_argument("--group", action="append", required=True, help="a group it signs for; may be repeated")
        acts.add_parser("distrust", help="believe nothing more of it").add_argument("fingerprint")

    def work(self, **options: Any) -> str:
        """Do it."""
        if options["act"] == "list":
            return "\n".join(_line(key) for key in ApproverKey.objects.filter(revoked_at=None)) or "None is believed."
        if options["act"] == "distrust":
            key = distrust_passkey(fingerprint=options["fingerprint"], now=timezone.now())
            return f"Not believed any more: {_line(key)}"
        groups = tuple(options["group"])
        key = believe_passkey(
            email=options["email"], fingerprint=options["fingerprint"], groups=groups, now=timezone.now()
        )
        return f"Believed: {_line(key)}"


def _line(key: ApproverKey) -> str:
    label = "".join(char for char in key.label if char.isprintable())  # the web process wrote it: no escape sequences
    return f"{key.fingerprint}  {key.user.email}  {', '.join(key.groups)}  {label}"
