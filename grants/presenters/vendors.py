"""The vendor register in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from grants import permissions, queries
from grants.models import TermsAcceptance, User, Vendor
from grants.policy.sentence import describe_seconds
from grants.presenters.rows import ActiveRow, DenialRow, active_rows, denial_row
from grants.presenters.words import StateWords, left_in_words
from grants.queries.people import VendorPeople

SOON: Final = timedelta(days=30)
OPEN: Final = StateWords("Open", "good", "")
ENDING: Final = StateWords("Contract ends soon", "wait", "")
OVER: Final = StateWords("Contract is over", "bad", "")
CLOSED: Final = StateWords("Closed", "bad", "")


@dataclass(frozen=True, slots=True)
class VendorRow:
    """A line of the register."""

    name: str
    slug: str
    state: StateWords
    contract_ends_at: datetime
    left: str
    live: int
    hours: str


@dataclass(frozen=True, slots=True)
class VendorView:
    """A vendor's page. ``outliving`` are the references of grants that end after the contract."""

    row: VendorRow
    vendor: Vendor
    sponsors: tuple[str, ...]
    templates: tuple[str, ...]
    people: VendorPeople
    grants: tuple[ActiveRow, ...]
    outliving: tuple[str, ...]
    denials: tuple[DenialRow, ...]
    acceptances: tuple[TermsAcceptance, ...]
    is_admin: bool


def vendor_row(vendor: Vendor, used: Mapping[UUID, int], now: datetime) -> VendorRow:
    """A vendor of the register, with the seconds its people used of this month."""
    return VendorRow(
        name=vendor.name,
        slug=vendor.slug,
        state=_state(vendor, now),
        contract_ends_at=vendor.contract_ends_at,
        left=left_in_words(vendor.contract_ends_at, now),
        live=getattr(vendor, "live", 0),
        hours=_hours(vendor, used.get(vendor.pk, 0)),
    )


def vendor_rows(by: User, now: datetime) -> tuple[VendorRow, ...]:
    """The register, by name."""
    vendors = list(queries.vendor_register(by))
    used = queries.seconds_used([vendor.pk for vendor in vendors], now)
    return tuple(vendor_row(vendor, used, now) for vendor in vendors)


def vendor_view(by: User, vendor: Vendor, now: datetime) -> VendorView:
    """One vendor, whole."""
    return VendorView(
        row=vendor_row(vendor, queries.seconds_used([vendor.pk], now), now),
        vendor=vendor,
        sponsors=tuple(str(user) for user in vendor.sponsors.all()),
        templates=tuple(template.name for template in vendor.templates.all()),
        people=queries.people_of_vendors(by, now, vendor.slug)[0],
        grants=active_rows(queries.live_grants_of(vendor), now),
        outliving=tuple(queries.outliving(vendor).values_list("reference", flat=True)),
        denials=tuple(denial_row(denial) for denial in queries.denials_of_vendor(vendor)),
        acceptances=tuple(queries.acceptances_of(vendor)),
        is_admin=permissions.allowed(permissions.check_template_admin, by),
    )


def _state(vendor: Vendor, now: datetime) -> StateWords:
    if not vendor.is_active:
        return CLOSED
    if vendor.contract_ends_at <= now:
        return OVER
    return ENDING if vendor.contract_ends_at - now < SOON else OPEN


def _hours(vendor: Vendor, seconds: int) -> str:
    """Used of the budget, such as: 3 hours 30 minutes of 40 hours."""
    used = describe_seconds(seconds) if seconds else "none"
    return f"{used} of {vendor.month_hours} hours" if vendor.month_hours else f"{used}, no budget"
