"""Issuers in trouble: which ones wait, and who can mend them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery

from grants.models import Grant, Issuer, IssuerCircuit, TemplateVersion, User, WideDenial
from grants.models.person import TEMPLATE_ADMINS


def template_admin_addresses() -> list[str]:
    """Mail addresses of everybody who keeps the issuers."""
    staff = User.objects.filter(is_active=True, is_staff=True, groups__name=TEMPLATE_ADMINS)
    return list(staff.order_by("email").values_list("email", flat=True))


def is_waiting(issuer_id: UUID) -> bool:
    """Whether AWS refuses this issuer at the moment, so that its grants wait."""
    return IssuerCircuit.objects.filter(issuer_id=issuer_id, opened_at__isnull=False).exists()


def open_circuit_of(issuer: Issuer) -> IssuerCircuit | None:
    """Its trouble, while it lasts."""
    return IssuerCircuit.objects.filter(issuer=issuer, opened_at__isnull=False).first()


def place_of_issuer(issuer: Issuer) -> tuple[str, str]:
    """A bucket and a prefix that its newest template opens, or another of its account; else two empty texts."""
    neighbours = Issuer.objects.filter(partition=issuer.partition, account_id=issuer.account_id)
    found = (
        versions.exclude(buckets=[]).order_by("-published_at").first()
        for versions in (_standing_versions([issuer]), _standing_versions(neighbours))
    )
    version = next(filter(None, found), None)
    if version is None:
        return "", ""
    # What a request fills in is left off: any folder above it does as well.
    return version.buckets[0], str(version.access.get("prefix", "")).partition("{")[0]


def longest_promise(issuer: Issuer) -> int:
    """The most seconds that the newest version of any of its templates promises; 0 without one."""
    return int(_standing_versions([issuer]).aggregate(most=Max("max_seconds"))["most"] or 0)


def _standing_versions(issuers: Iterable[Issuer]) -> "QuerySet[TemplateVersion]":
    """The newest version of every template that may still be asked for."""
    newest = TemplateVersion.objects.filter(template=OuterRef("template")).order_by("-number").values("pk")[:1]
    return TemplateVersion.objects.filter(issuer__in=issuers, template__retired_at=None, pk=Subquery(newest))


def closed_to_all(now: datetime) -> "QuerySet[IssuerCircuit]":
    """Open circuits whose next probe is not due yet."""
    return IssuerCircuit.objects.filter(opened_at__isnull=False, probe_at__gt=now)


def wide_denials_of(grant: Grant) -> "QuerySet[WideDenial]":
    """Denials of this grant's whole vendor or template, on its issuer, at or after its request; oldest first."""
    slugs = (f"vendor={grant.vendor.slug}", f"template={grant.template_version.template.slug}")
    rows = WideDenial.objects.filter(issuer_id=grant.issuer_id, entry__in=slugs)
    return rows.filter(Q(lifted_at=None) | Q(lifted_at__gt=grant.requested_at)).order_by("wanted_at")


def is_denied_widely(grant: Grant) -> bool:
    """Whether AWS refuses, or is to refuse, every session of this grant's vendor or template."""
    return wide_denials_of(grant).filter(lifted_at=None).exists()
