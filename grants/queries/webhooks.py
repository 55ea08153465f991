"""Webhooks, their messages, and the log from which these are made."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from grants import permissions
from grants.errors import NotFoundError
from grants.models import AuditHead, Grant, User, Webhook, WebhookDelivery
from grants.models.webhook import DeliveryState
from grants.queries.work import BATCH

LOG: Final = 100


def newest_audit_row() -> int:
    """The number of the last row that is committed."""
    return AuditHead.objects.values_list("seq", flat=True).first() or 0


def open_webhooks() -> list[UUID]:
    """Every webhook that hears something."""
    return list(Webhook.objects.filter(stopped_at=None).values_list("pk", flat=True))


def due_deliveries(now: datetime, limit: int = BATCH) -> list[UUID]:
    """Messages that the mail worker should try now, oldest first."""
    rows = WebhookDelivery.objects.filter(state=DeliveryState.QUEUED, due_at__lte=now).order_by("due_at")
    return list(rows.values_list("pk", flat=True)[:limit])


def grants_by_reference(references: Iterable[str]) -> dict[str, Grant]:
    """With template and vendor, by reference."""
    rows = Grant.objects.filter(reference__in=set(references))
    return {grant.reference: grant for grant in rows.select_related("template_version__template", "vendor")}


def webhooks_for(by: User) -> "QuerySet[Webhook]":
    """Every webhook with its last success and how many messages wait; the stopped ones last."""
    permissions.check_template_admin(by)
    waiting = Count("deliveries", filter=Q(deliveries__state=DeliveryState.QUEUED))
    rows = Webhook.objects.select_related("made_by", "stopped_by").annotate(
        waiting=waiting, last_sent_at=Max("deliveries__sent_at")
    )
    return rows.order_by("stopped_at", "name")


def webhook_for(by: User, webhook_id: UUID) -> Webhook:
    """One of them."""
    hook = webhooks_for(by).filter(pk=webhook_id).first()
    if hook is None:
        raise NotFoundError
    return hook


def log_of(hook: Webhook) -> "QuerySet[WebhookDelivery]":
    """Its newest messages."""
    return WebhookDelivery.objects.filter(webhook=hook).order_by("-created_at", "-seq")[:LOG]
