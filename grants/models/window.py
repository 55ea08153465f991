"""A pre-approved window: what approvers signed once for requests that are yet to come; and their signatures."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from grants.policy.window import Terms, terms_from_canonical
from grants.values import new_reference

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

NOT_CLOSED: Final = Q(closed_at__isnull=True)


class Window(models.Model):
    """``text`` is canonical JSON (policy/window.py) and all that counts; the database checks its hash and freezes it.

    ``persons`` are read out of it by the database; version, vendor and end repeat it, which a trigger compares.
    ``opened_at`` is when the last signature was there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=10, unique=True, default=new_reference)
    template_version = models.ForeignKey("grants.TemplateVersion", on_delete=models.PROTECT, related_name="windows")
    vendor = models.ForeignKey("grants.Vendor", on_delete=models.PROTECT, related_name="windows")
    text = models.TextField()
    text_hash = models.CharField(max_length=64)
    persons = models.GeneratedField(
        expression=models.Func("text", function="daypass_window_persons"),
        output_field=ArrayField(models.UUIDField()),
        db_persist=True,
    )
    reason = models.CharField(max_length=1000)
    ends_at = models.DateTimeField()
    drawn_up_at = models.DateTimeField()
    drawn_up_by = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("grants.User", null=True, on_delete=models.PROTECT, related_name="+")
    closed_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-drawn_up_at"]
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(name="window_for_a_person", fields=["persons"], condition=NOT_CLOSED)
        ]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(
                name="window_closed_with_a_reason",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, closed_reason="")
                | (Q(closed_at__isnull=False) & ~Q(closed_reason="")),  # nobody: an operator, after a restore
            ),
            models.CheckConstraint(name="window_ends_after_it_was_drawn_up", condition=Q(ends_at__gt=F("drawn_up_at"))),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def terms(self) -> Terms:
        """What was signed, proved against its hash. Raises StaleSnapshotError."""
        return terms_from_canonical(self.text, expected_hash=self.text_hash)

    def is_open(self, now: datetime) -> bool:
        """Signed by all, not closed and not over; its vendor, version and signers are asked when it is used."""
        return self.opened_at is not None and self.closed_at is None and self.ends_at > now


class WindowSignature(models.Model):
    """One person's yes over the hash of a window's text. ``assertion`` is a passkey's signature over it, or ""."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="signatures")
    signer = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="+")
    signer_person = models.UUIDField()
    group = models.CharField(max_length=150)
    text_hash = models.CharField(max_length=64)
    assertion = models.TextField(blank=True)
    signed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["signed_at"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="window_signed_once_per_person", fields=["window", "signer_person"]),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.text_hash[:8]}"
