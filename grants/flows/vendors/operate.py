"""What an operator does about vendors from the shell."""

from datetime import datetime

from django.db import transaction

from grants import audit
from grants.errors import FieldError
from grants.flows.vendors.fields import VendorFields, checked_domains
from grants.flows.vendors.register import save_new
from grants.models import Vendor


def register_at_once(*, fields: VendorFields, now: datetime) -> Vendor:
    """A new vendor, made by nobody who has an account."""
    return save_new(fields=fields, actor=audit.OPERATOR, now=now)


def open_vendor(*, slug: str, is_open: bool, now: datetime) -> Vendor:
    """Let people of the vendor's exact domains knock without an invitation, or stop that."""
    del now
    with transaction.atomic():
        vendor = Vendor.objects.select_for_update(of=("self",)).filter(slug=slug).first()
        if vendor is None:
            raise FieldError("vendor", "There is no vendor with this short name.")
        if is_open:
            checked_domains(vendor.domains)
        if is_open and not vendor.domains:
            raise FieldError("domains", "The vendor has no domain.")
        vendor.is_domain_open = is_open
        vendor.save(update_fields=["is_domain_open"])
        audit.record_event(
            kind="vendor.domain_opened" if is_open else "vendor.domain_closed",
            subject=slug,
            actor=audit.OPERATOR,
            facts={"domains": list(vendor.domains)},
        )
    return vendor
