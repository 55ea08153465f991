"""Issuers in trouble: which ones wait, and who can mend them."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from grants.models import IssuerCircuit, User
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
