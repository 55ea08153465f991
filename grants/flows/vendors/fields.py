"""What the register holds of a vendor, checked field by field."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from grants.errors import FieldError
from grants.models import User, Vendor, VendorTerms
from grants.models.vendor import MONTH_HOURS_MAX
from grants.policy.mailbox import canonical_domain, is_free_mail

TERMS_LENGTH: Final = 20_000
NAME_IS_UNIQUE: Final = "vendor_name_is_unique"  # the database's rule
NAME_TAKEN: Final = "Give the vendor a name that no other vendor has."


@dataclass(frozen=True, slots=True)
class VendorFields:
    """As a person typed it. ``sponsors`` are staff addresses; no ``month_hours`` is no budget; no terms, none."""

    name: str
    contract_ends_at: datetime
    domains: Sequence[str] = ()
    is_domain_open: bool = False
    sponsors: Sequence[str] = ()
    month_hours: int | None = None
    terms: str = ""


def check_fields(fields: VendorFields, *, vendor: Vendor | None) -> None:
    """What is wrong whoever the vendor is. FieldError names a field of ``VendorFields``."""
    same = Vendor.objects.filter(name__iexact=fields.name.strip())
    if not fields.name.strip() or (same.exclude(pk=vendor.pk) if vendor else same).exists():
        raise FieldError("name", NAME_TAKEN)
    if fields.month_hours is not None and not 1 <= fields.month_hours <= MONTH_HOURS_MAX:
        raise FieldError("month_hours", f"Give between 1 and {MONTH_HOURS_MAX:,} hours, or leave it empty.")
    if len(fields.terms) > TERMS_LENGTH:
        raise FieldError("terms", f"Give the terms in at most {TERMS_LENGTH:,} characters.")
    if fields.is_domain_open and not fields.domains:
        raise FieldError("domains", "Give a domain, or let people in by invitation only.")


@contextmanager
def free_name() -> Iterator[None]:
    """Around what saves a vendor: of two who give the same name at once, the database tells the later one."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if NAME_IS_UNIQUE not in str(error):
            raise
        raise FieldError("name", NAME_TAKEN) from error


def checked_domains(typed: Sequence[str]) -> list[str]:
    """Exact domains in small letters; FieldError for what is none, or where anybody can have an address."""
    domains: list[str] = []
    for each in typed:
        domain = canonical_domain(each)
        if domain is None or is_free_mail(domain):
            raise FieldError("domains", f"{each} is not a company's domain.")
        domains.append(domain)
    return list(dict.fromkeys(domains))


def checked_sponsors(addresses: Sequence[str]) -> list[User]:
    """The open staff accounts behind these addresses."""
    wanted = list(dict.fromkeys(address.strip().lower() for address in addresses))
    found = {user.email: user for user in User.objects.filter(email__in=wanted, is_staff=True, is_active=True)}
    for address in wanted:
        if address not in found:
            raise FieldError("sponsors", f"{address} is no open staff account.")
    return [found[address] for address in wanted]


def write_terms(vendor: Vendor, typed: str, now: datetime) -> None:
    """Make this wording the vendor's; one that was the vendor's before keeps its acceptances."""
    text = "\n".join(typed.split("\r\n")).strip()
    if not text:
        vendor.terms = None
        return
    digest = hashlib.sha256(text.encode()).hexdigest()
    vendor.terms, _ = VendorTerms.objects.get_or_create(
        vendor=vendor, digest=digest, defaults={"text": text, "written_at": now}
    )


def facts_of(vendor: Vendor) -> dict[str, str | int | bool | list[str] | None]:
    """What the register says now, for the audit row."""
    return {
        "domains": list(vendor.domains),
        "is_domain_open": vendor.is_domain_open,
        "contract_ends_at": vendor.contract_ends_at.isoformat(),
        "month_hours": vendor.month_hours,
        "terms": vendor.terms.digest if vendor.terms else None,
        "sponsors": sorted(str(pk) for pk in vendor.sponsors.values_list("pk", flat=True)),
    }
