"""What an approver took off a request before it was decided: the snapshot as it was, and whose hash it now has."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class Narrowing(models.Model):
    """One step from a snapshot to a smaller one. Append-only; the database proves each of them smaller."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, related_name="narrowings")
    narrower = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="narrowings")
    narrower_person = models.UUIDField()
    old_snapshot = models.TextField()
    old_hash = models.CharField(max_length=64)
    new_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=1000)
    narrowed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["narrowed_at"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="narrowing_leaves_a_snapshot_once", fields=["grant", "old_hash"]),
            models.CheckConstraint(name="narrowing_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.old_hash[:8]} to {self.new_hash[:8]}"
