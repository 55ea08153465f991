"""Issuers in trouble: which ones wait, and who can mend them."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from grants.models import Grant, IssuerCircuit, User, WideDenial
from grants.models.person import TEMPLATE_ADMINS


def template_admin_addresses() -> list[str]:
    """Mail addresses of everybody who keeps the issuers."""
    staff = User.objects.filter(is_active=True, is_staff=True, groups__name=TEMPLATE_ADMINS)
    return list(staff.order_by("email").values_list("email", flat=True))


def is_waiting(issuer_id: UUID) -> bool:
    """Whether AWS refuses this issuer at the moment, so that its grants wait."""
    return IssuerCircuit.objects.filter(issuer_id=issuer_id, opened_at__isnull=False).exists()


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
