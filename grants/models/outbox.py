"""Mails waiting for the mail worker: PostgreSQL is their queue."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class MailState(models.TextChoices):
    """Where a mail is."""

    QUEUED = "queued", "waiting for the mail server"
    SENT = "sent", "accepted by the mail server"
    REJECTED = "rejected", "refused by the mail server"
    CANCELLED = "cancelled", "overtaken: what it said was no longer so"


class OutboxMail(models.Model):
    """``context`` may be read by anyone with the database; what may not is sealed to the mail worker, then wiped."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.CharField(max_length=40)
    to_address = models.EmailField()
    grant = models.ForeignKey("grants.Grant", null=True, on_delete=models.PROTECT, related_name="mails")
    context = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True)
    sealed_key_id = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=MailState.choices, default=MailState.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="outbox_due", fields=["due_at"], condition=Q(state="queued")),
        ]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(
                name="outbox_sent_is_wiped",
                condition=~Q(state="sent") | Q(sent_at__isnull=False, sealed__isnull=True),
            ),
            models.CheckConstraint(
                name="outbox_cancelled_is_wiped", condition=~Q(state="cancelled") | Q(sealed__isnull=True)
            ),
            models.UniqueConstraint(
                name="outbox_digest_waits_once",
                fields=["to_address"],
                condition=Q(event="requests_waiting", state="queued"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.id}"
