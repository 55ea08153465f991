"""``manage.py create_vendor``: a company whose people may ask."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from grants.flows.vendors import VendorFields, register_at_once
from grants.management.operator_command import OperatorCommand


class Command(OperatorCommand):
    """Registers a vendor; ``--open-domains`` lets people of its domains knock without an invitation."""

    help = "Register a vendor."

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract ends at the end of the given day, UTC."""
        parser.add_argument("name")
        parser.add_argument("--contract-ends", required=True, type=datetime.fromisoformat, help="2027-12-31")
        parser.add_argument("--sponsor", action="append", default=[], help="a staff address; may be repeated")
        parser.add_argument("--domain", action="append", default=[], help="acme.example; may be repeated")
        parser.add_argument("--open-domains", action="store_true")
        parser.add_argument("--month-hours", type=int, help="the most hours that may be asked for in a month")

    def work(self, **options: Any) -> str:
        """Register it."""
        fields = VendorFields(
            name=options["name"],
            contract_ends_at=options["contract_ends"].replace(hour=23, minute=59, second=59, tzinfo=UTC),
            sponsors=options["sponsor"],
            domains=options["domain"],
            is_domain_open=options["open_domains"],
            month_hours=options["month_hours"],
        )
        vendor = register_at_once(fields=fields, now=timezone.now())
        return f"{vendor.name} is registered. Its short name is {vendor.slug}."
