"""A passkey whose signatures the issue worker believes; the web process can read this table, and nothing more."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class ApproverKey(models.Model):
    """Trusted by an operator. Person and groups stand here by value: whoever writes users and groups changes nothing.

    ``public_key`` is a COSE key in CBOR; ``fingerprint`` is what the approver reads out to the operator.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="approver_keys")
    person = models.UUIDField()
    groups = ArrayField(models.CharField(max_length=150))
    label = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=40)
    credential_id = models.BinaryField(max_length=1024, unique=True)
    public_key = models.BinaryField(max_length=2048)
    trusted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["trusted_at"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(name="approver_key_signs_for_a_group", condition=Q(groups__len__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.fingerprint})"
