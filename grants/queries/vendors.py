"""The vendor register as its readers see it: what is open, what was used, what outlives the contract."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from grants import permissions
from grants.errors import NotFoundError
from grants.lifecycle import LIVE, UNDECIDED, State
from grants.models import Grant, TermsAcceptance, User, Vendor, WideDenial
from grants.models.grant import CONTINUES
from grants.queries.people import vendors_of

COUNTS = Q(state__in=sorted(UNDECIDED | LIVE)) | Q(revealed_at__isnull=False)


def vendor_register(by: User) -> "QuerySet[Vendor]":
    """The vendors this person answers for, each with ``live``, the number of its grants that are not over.

    An extension counts from the moment at which what it goes on from is over.
    """
    live = Grant.objects.filter(vendor=OuterRef("pk"), state__in=sorted(LIVE)).exclude(CONTINUES).order_by()
    number = live.values("vendor").annotate(number=Count("pk")).values("number")
    return vendors_of(by).select_related("terms", "closed_by").annotate(live=Coalesce(Subquery(number), 0))


def vendor_names(slugs: Collection[str]) -> dict[str, str]:
    """What vendors of these short names are called."""
    return dict(Vendor.objects.filter(slug__in=slugs).values_list("slug", "name"))


def vendor_for(by: User, slug: str) -> Vendor:
    """One of them, whole."""
    vendor = vendor_register(by).prefetch_related("sponsors", "templates").filter(slug=slug).first()
    if vendor is None:
        raise NotFoundError
    return vendor


def seconds_used(vendors: Collection[uuid.UUID], now: datetime) -> dict[uuid.UUID, int]:
    """Of each vendor, the seconds asked for this month (UTC) that are or were usable, or may become so."""
    begin = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = Grant.objects.filter(COUNTS, vendor__in=vendors, requested_at__gte=begin).order_by()
    return dict(rows.values_list("vendor").annotate(used=Sum("seconds")))


def live_grants_of(vendor: Vendor) -> "QuerySet[Grant]":
    """Approved and not over, the last to end first."""
    rows = Grant.objects.select_related("recipient", "template_version__template", "vendor")
    return rows.filter(vendor=vendor, state__in=sorted(LIVE)).order_by(F("ends_at").desc(nulls_first=True), "reference")


def outliving(vendor: Vendor) -> "QuerySet[Grant]":
    """Credentials that were picked up and end after the contract, since it was made shorter."""
    return live_grants_of(vendor).filter(state=State.REVEALED, ends_at__gt=vendor.contract_ends_at)


def denials_of_vendor(vendor: Vendor) -> "QuerySet[WideDenial]":
    """What AWS refuses, or is to refuse, of all its sessions."""
    return WideDenial.objects.filter(entry=f"vendor={vendor.slug}", lifted_at=None).select_related("issuer")


def is_vendor_denied(vendor: Vendor) -> bool:
    """Whether AWS refuses every session of this vendor."""
    return denials_of_vendor(vendor).exists()


def acceptances_of(vendor: Vendor) -> "QuerySet[TermsAcceptance]":
    """Who accepted which wording, newest first."""
    rows = TermsAcceptance.objects.filter(terms__vendor=vendor).select_related("user", "terms")
    return rows.order_by("-accepted_at")


def has_accepted(by: User) -> bool:
    """Whether nothing of their vendor's terms is left to accept."""
    return permissions.allowed(permissions.check_terms_accepted, by)
