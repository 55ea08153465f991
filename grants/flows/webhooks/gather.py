"""The audit log is the queue: every row about a grant becomes one message for each webhook that wants it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from grants import dispatch, queries
from grants.models import AuditEvent, Grant, Webhook, WebhookDelivery

KIND: Final = "grant."
BATCH: Final = 500


def gather_events(*, now: datetime) -> int:
    """Look at the rows that are new since the last time, and ring for every message that is due."""
    made = sum(_gather(pk, now) for pk in queries.open_webhooks())
    dispatch.ring(dispatch.SEND, queries.due_deliveries(now))
    return made


def _gather(pk: UUID, now: datetime) -> int:
    """Under the webhook's lock, and with each row's message once by its number: two beats tell nothing twice.

    Rows get their numbers in the order of their commits, so that none appears behind the position later.
    """
    with transaction.atomic():
        hook = Webhook.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(pk=pk).first()
        if hook is None or hook.stopped_at is not None:
            return 0
        end = queries.newest_audit_row()
        rows = AuditEvent.objects.filter(seq__gt=hook.position, seq__lte=end, kind__startswith=KIND)
        events = list(rows.order_by("seq")[:BATCH])
        grants = queries.grants_by_reference(event.subject for event in events)
        wanted = [event for event in events if _is_wanted(hook, grants.get(event.subject))]
        messages = _messages(hook, wanted, grants, now)
        WebhookDelivery.objects.bulk_create(messages, ignore_conflicts=True)
        hook.position = events[-1].seq or end if len(events) == BATCH else end
        hook.save(update_fields=["position"])
    return len(messages)


def _is_wanted(hook: Webhook, grant: Grant | None) -> bool:
    return grant is not None and (not hook.group or hook.group in grant.template_version.approver_groups)


def _messages(
    hook: Webhook, events: Sequence[AuditEvent], grants: Mapping[str, Grant], now: datetime
) -> list[WebhookDelivery]:
    messages = []
    for event in events:
        message = WebhookDelivery(webhook=hook, event=event.kind, seq=event.seq, created_at=now, due_at=now)
        message.body = _body(message, event, grants[event.subject])
        messages.append(message)
    return messages


def _body(message: WebhookDelivery, event: AuditEvent, grant: Grant) -> str:
    """What happened to which grant, and where to read on; no person, no reason, nothing that was typed."""
    told = {
        "id": str(message.pk),
        "event": event.kind,
        "at": event.at.isoformat() if event.at else None,
        "number": event.seq,
        "grant": grant.reference,
        "state": json.loads(event.payload).get("facts", {}).get("to", grant.state),
        "template": grant.template_version.template.slug,
        "vendor": grant.vendor.slug,
        "url": f"{settings.PUBLIC_URL}/approvals/{grant.reference}/",
    }
    return json.dumps(told, sort_keys=True)
