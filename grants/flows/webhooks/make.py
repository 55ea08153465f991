"""A template admin makes a webhook, tries it, stops it."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import Group
from django.db import transaction

from grants import audit, dispatch, permissions, queries
from grants.errors import FieldError, NotFoundError, WrongStateError
from grants.gateways import sealing, webhook
from grants.models import User, Webhook, WebhookDelivery
from grants.models.webhook import TEST_EVENT


@dataclass(frozen=True, slots=True)
class Made:
    """A webhook, and the secret that is shown in this answer and never again."""

    webhook: Webhook
    secret: str = field(repr=False)


def make_webhook(*, by: User, name: str, url: str, group: str, now: datetime) -> Made:
    """From now on it hears of every grant, or of those that ``group`` signs for. FieldError names name, url, group."""
    permissions.check_template_admin(by)
    target = webhook.target_of(url)
    if not (called := name.strip()) or Webhook.objects.filter(name=called, stopped_at=None).exists():
        raise FieldError("name", "Give it a name that no other webhook has.")
    if group and not Group.objects.filter(name=group).exists():
        raise FieldError("group", "Choose one of the groups.")
    secret = webhook.new_secret()
    made = Webhook(id=uuid.uuid4(), name=called, url=url, group=group, made_at=now, made_by=by)
    box = sealing.seal_for_mail(plaintext=secret.encode(), info=made.pk.bytes)
    made.sealed, made.sealed_key_id = box.ciphertext, box.key_id
    with transaction.atomic():
        made.position = queries.newest_audit_row()
        made.save(force_insert=True)
        _record("webhook.made", made, by, {"group": group}, {"host": target.host})
    return Made(webhook=made, secret=secret)


def try_webhook(*, webhook_id: UUID, by: User, now: datetime) -> WebhookDelivery:
    """Queue a message that says that it is a test; the log shows what became of it."""
    permissions.check_template_admin(by)
    with transaction.atomic():
        hook = _open(webhook_id)
        delivery = WebhookDelivery(webhook=hook, event=TEST_EVENT, created_at=now, due_at=now)
        delivery.save(force_insert=True)
        _record("webhook.tried", hook, by, {"delivery": str(delivery.pk)}, {})
        dispatch.ring_after_commit(dispatch.SEND, delivery.pk)
    return delivery


def stop_webhook(*, webhook_id: UUID, by: User, now: datetime) -> Webhook:
    """It hears nothing any more; what still waited is given up."""
    permissions.check_template_admin(by)
    with transaction.atomic():
        hook = _open(webhook_id)
        hook.stopped_at, hook.stopped_by = now, by
        hook.save(update_fields=["stopped_at", "stopped_by"])
        _record("webhook.stopped", hook, by, {}, {})
    return hook


def _open(webhook_id: UUID) -> Webhook:
    hook = Webhook.objects.select_for_update(of=("self",), no_key=True).filter(pk=webhook_id).first()
    if hook is None:
        raise NotFoundError
    if hook.stopped_at is not None:
        raise WrongStateError("stopped already")
    return hook


def _record(kind: str, hook: Webhook, by: User, facts: dict[str, audit.Fact], personal: dict[str, str]) -> None:
    facts = {"name": hook.name, **facts}
    audit.record_event(kind=kind, subject=str(hook.pk), actor=audit.actor_of(by), facts=facts, personal=personal)
