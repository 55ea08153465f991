"""A template admin puts a vendor into the register."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.text import slugify

from grants import audit, permissions
from grants.errors import FieldError
from grants.flows.vendors.fields import (
    NAME_TAKEN,
    VendorFields,
    check_fields,
    checked_domains,
    checked_sponsors,
    facts_of,
    free_name,
    write_terms,
)
from grants.models import User, Vendor

TAKEN: Final = frozenset({"new"})  # the address of the page on which one is made


def register_vendor(*, fields: VendorFields, by: User, now: datetime) -> Vendor:
    """A new vendor. FieldError names a field of ``VendorFields``."""
    permissions.check_template_admin(by)
    return save_new(fields=fields, actor=audit.actor_of(by), now=now)


def save_new(*, fields: VendorFields, actor: audit.Actor, now: datetime) -> Vendor:
    """The vendor and its audit row, whoever makes it; its slug stands in session tags and never changes."""
    check_fields(fields, vendor=None)
    slug = slugify(fields.name)[:60].strip("-")
    if not slug or slug in TAKEN or Vendor.objects.filter(slug=slug).exists():
        raise FieldError("name", NAME_TAKEN)
    if fields.contract_ends_at <= now:
        raise FieldError("contract_ends_at", "The contract has to end in the future.")
    domains, sponsors = checked_domains(fields.domains), checked_sponsors(fields.sponsors)
    with transaction.atomic():
        vendor = Vendor(
            name=fields.name.strip(),
            slug=slug,
            domains=domains,
            is_domain_open=fields.is_domain_open,
            contract_ends_at=fields.contract_ends_at,
            month_hours=fields.month_hours,
        )
        with free_name():
            vendor.save(force_insert=True)
        write_terms(vendor, fields.terms, now)
        vendor.save(update_fields=["terms"])
        vendor.sponsors.set(sponsors)
        audit.record_event(kind="vendor.registered", subject=slug, actor=actor, facts=facts_of(vendor))
    return vendor
