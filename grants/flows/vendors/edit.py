"""A template admin changes what the register says of a vendor."""

from datetime import datetime

from django.db import transaction

from grants import audit, permissions
from grants.errors import FieldError, NotFoundError, WrongStateError
from grants.flows.vendors.fields import (
    VendorFields,
    check_fields,
    checked_domains,
    checked_sponsors,
    facts_of,
    free_name,
    write_terms,
)
from grants.models import User, Vendor


def edit_vendor(*, slug: str, fields: VendorFields, by: User, now: datetime) -> Vendor:
    """Change it. An earlier end of the contract ends no grant by itself: ``queries.outliving`` says which go on."""
    permissions.check_template_admin(by)
    with transaction.atomic():
        vendor = Vendor.objects.select_for_update(of=("self",), no_key=True).filter(slug=slug).first()
        if vendor is None:
            raise NotFoundError
        if not vendor.is_active:
            raise WrongStateError("closed")
        check_fields(fields, vendor=vendor)
        if fields.contract_ends_at <= now and fields.contract_ends_at != vendor.contract_ends_at:
            raise FieldError(
                "contract_ends_at", "The contract has to end in the future. To end it now, close the vendor."
            )
        before = facts_of(vendor) | {"name": vendor.name}
        sponsors = checked_sponsors(fields.sponsors)
        vendor.name, vendor.domains = fields.name.strip(), checked_domains(fields.domains)
        vendor.is_domain_open, vendor.month_hours = fields.is_domain_open, fields.month_hours
        vendor.contract_ends_at = fields.contract_ends_at
        write_terms(vendor, fields.terms, now)
        with free_name():
            vendor.save()
        vendor.sponsors.set(sponsors)
        after = facts_of(vendor) | {"name": vendor.name}
        changed = sorted(name for name, value in after.items() if value != before[name])
        audit.record_event(
            kind="vendor.changed", subject=slug, actor=audit.actor_of(by), facts={**after, "changed": changed}
        )
    return vendor
