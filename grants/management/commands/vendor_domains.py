"""``manage.py vendor_domains``: whether people of a vendor's domains may knock without an invitation."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from grants.flows.vendors import open_vendor
from grants.management.operator_command import OperatorCommand


class Command(OperatorCommand):
    """Opens or closes; a sponsor still lets everybody in one by one."""

    help = "Open or close a vendor's domains for knocking."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which vendor, by its short name."""
        parser.add_argument("what", choices=["open", "close"])
        parser.add_argument("vendor")

    def work(self, **options: Any) -> str:
        """Open or close."""
        vendor = open_vendor(slug=options["vendor"], is_open=options["what"] == "open", now=timezone.now())
        return f"{', '.join(vendor.domains) or 'no domain'}: {'open' if vendor.is_domain_open else 'closed'}."
