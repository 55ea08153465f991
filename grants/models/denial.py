"""A federated session that AWS must refuse from now on."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class Denial(models.Model):
    """``userid`` is ``ACCOUNT:federated name``; ``confirmed_at`` is when the Deny was read back from IAM."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    issuer = models.ForeignKey("grants.Issuer", on_delete=models.PROTECT, related_name="denials")
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, related_name="denials")
    userid = models.CharField(max_length=60, unique=True)
    wanted_at = models.DateTimeField()
    session_ends_at = models.DateTimeField()
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="denial_due", fields=["due_at"], condition=Q(confirmed_at__isnull=True)),
        ]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(
                name="denial_lifted_after_confirmed",
                condition=Q(lifted_at__isnull=True) | Q(confirmed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.userid
