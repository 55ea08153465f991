"""Somebody of the same group who stands in for an approver that is away."""

import uuid
from typing import TYPE_CHECKING, ClassVar, Final

from django.db import models
from django.db.models import F, Q

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

NOT_ENDED: Final = Q(ended_at__isnull=True)


class Deputy(models.Model):
    """Named by whoever is away, until ``ends_at``. It gives no right: the deputy signs already, and names both now."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    absent = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="deputies")
    absent_person = models.UUIDField()
    deputy = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="deputises")
    deputy_person = models.UUIDField()
    group = models.CharField(max_length=150)
    named_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("grants.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "deputies"
        ordering: ClassVar[list[str]] = ["-named_at"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(
                name="deputy_one_for_a_group", fields=["absent_person", "group"], condition=NOT_ENDED
            ),
            models.CheckConstraint(name="deputy_is_somebody_else", condition=~Q(absent_person=F("deputy_person"))),
            models.CheckConstraint(name="deputy_ends_later", condition=Q(ends_at__gt=F("named_at"))),
            models.CheckConstraint(
                name="deputy_ended_by_somebody",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} for {self.absent}"
