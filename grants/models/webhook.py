"""Somebody else's system that hears what happens to grants, and each message to it."""

import uuid
from typing import TYPE_CHECKING, ClassVar, Final

from django.db import models
from django.db.models import Q

TEST_EVENT: Final = "webhook.test"

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class Webhook(models.Model):
    """``position`` is the last row of the audit log that was looked at. Its secret is sealed to the mail worker."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    group = models.CharField(max_length=150, blank=True)  # of the approvers; empty: every grant
    sealed = models.BinaryField()
    sealed_key_id = models.CharField(max_length=40)
    position = models.PositiveBigIntegerField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey("grants.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["made_at"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="webhook_name_once", fields=["name"], condition=Q(stopped_at=None)),
            models.CheckConstraint(name="webhook_is_https", condition=Q(url__startswith="https://")),
            models.CheckConstraint(
                name="webhook_stopped_in_full",
                condition=Q(stopped_at=None, stopped_by=None) | Q(stopped_at__isnull=False, stopped_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    """Where a message is."""

    QUEUED = "queued", "waiting"
    SENT = "sent", "taken by the receiver"
    GIVEN_UP = "given_up", "given up"


class WebhookDelivery(models.Model):
    """One message; ``seq`` is the audit row it tells of. The same id is sent at every try.

    A test tells of no row, and has no body: the web process queues it, and what it says the mail worker says itself.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries")
    event = models.CharField(max_length=60)
    seq = models.PositiveBigIntegerField(null=True)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answer = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        ordering: ClassVar[list[str]] = ["-created_at", "-seq"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="delivery_due", fields=["due_at"], condition=Q(state="queued")),
            models.Index(name="delivery_log", fields=["webhook", "-created_at"]),
        ]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="delivery_once", fields=["webhook", "seq"]),
            models.CheckConstraint(
                name="delivery_sent_has_its_time", condition=~Q(state="sent") | Q(sent_at__isnull=False)
            ),
            models.CheckConstraint(
                name="delivery_tells_of_a_row_or_is_a_test",
                condition=Q(seq=None, event=TEST_EVENT, body="")
                | (Q(seq__isnull=False, event__startswith="grant.") & ~Q(body="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.id}"
