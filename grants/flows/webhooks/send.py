"""The mail worker sends one message of a webhook; refused, it is tried again for a day."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from grants import audit
from grants.errors import GrantError, WebhookError
from grants.gateways import sealing, webhook
from grants.gateways.webhook import Call, Door
from grants.models import WebhookDelivery
from grants.models.webhook import TEST_EVENT, DeliveryState
from grants.values import SealedBox

LEASE: Final = timedelta(seconds=75)
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60))
TEST: Final = "This is a test."
GIVE_UP: Final = timedelta(hours=24)


def send_delivery(*, delivery_id: UUID, clock: Callable[[], datetime], door: Door | None = None) -> None:
    """Send it, if it is due; ``door`` is for tests whose receiver is not on the public internet."""
    delivery = _claim(delivery_id, clock())
    if delivery is None:
        return
    try:
        answer = webhook.post(_call(delivery, clock()), door=door)
    except GrantError as error:
        _keep(delivery, error, clock())
    else:
        sent = {"state": DeliveryState.SENT, "sent_at": clock(), "answer": answer, "last_error": ""}
        _queued(delivery).update(**sent)


def _claim(delivery_id: UUID, now: datetime) -> WebhookDelivery | None:
    """Lease it: one worker sends it, and a crash gives it back after the lease."""
    due = WebhookDelivery.objects.filter(pk=delivery_id, state=DeliveryState.QUEUED, due_at__lte=now)
    if due.update(due_at=now + LEASE, tries=F("tries") + 1) != 1:
        return None
    return WebhookDelivery.objects.select_related("webhook").get(pk=delivery_id)


def _queued(delivery: WebhookDelivery) -> "QuerySet[WebhookDelivery]":
    return WebhookDelivery.objects.filter(pk=delivery.pk, state=DeliveryState.QUEUED)


def _call(delivery: WebhookDelivery, now: datetime) -> Call:
    """The time is of this try, so that a receiver may refuse what is old; the id is of the message."""
    hook = delivery.webhook
    if hook.stopped_at is not None:
        raise WebhookError("the webhook was stopped")
    box = SealedBox(key_id=hook.sealed_key_id, ciphertext=bytes(hook.sealed))
    secret = sealing.open_for_mail(box=box, info=hook.pk.bytes).decode()
    at = int(now.timestamp())
    return Call(url=hook.url, event_id=str(delivery.pk), at=at, body=_body(delivery).encode(), secret=secret)


def _body(delivery: WebhookDelivery) -> str:
    """What was gathered from the audit log. A test's words are ours: no other process puts words to our signature."""
    if delivery.seq is not None:
        return delivery.body
    told = {"id": str(delivery.pk), "event": TEST_EVENT, "text": TEST, "at": delivery.created_at.isoformat()}
    return json.dumps(told, sort_keys=True)


def _keep(delivery: WebhookDelivery, error: GrantError, now: datetime) -> None:
    given_up = now - delivery.created_at > GIVE_UP or delivery.webhook.stopped_at is not None
    values: dict[str, object] = {"last_error": error.detail[:100], "answer": getattr(error, "answer", None)}
    if given_up:
        values["state"] = DeliveryState.GIVEN_UP
    else:
        values["due_at"] = now + WAITS[min(delivery.tries, len(WAITS)) - 1]
    with transaction.atomic():
        if _queued(delivery).update(**values) == 1 and given_up:
            audit.record_event(
                kind="webhook.given_up",
                subject=str(delivery.webhook_id),
                actor=audit.MAIL_WORKER,
                facts={"delivery": str(delivery.pk), "event": delivery.event, "tries": delivery.tries},
            )
