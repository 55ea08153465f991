"""The sealed credentials of one attempt, wiped on reveal, revoke or expiry."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

from grants.models.nulls import either

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class SealedCredential(models.Model):
    """Ciphertext that needs both the link's token and a key of the environment. Gone means gone: NULL, with when."""

    attempt = models.OneToOneField(
        "grants.IssueAttempt", primary_key=True, on_delete=models.PROTECT, related_name="sealed"
    )
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, related_name="sealed")
    link = models.ForeignKey("grants.PickupLink", on_delete=models.PROTECT, related_name="sealed")
    key_id = models.CharField(max_length=40)
    ciphertext = models.BinaryField(null=True)
    sealed_at = models.DateTimeField()
    wiped_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(name="sealed_is_whole_or_wiped", condition=either("ciphertext", "wiped_at")),
            models.UniqueConstraint(
                name="sealed_one_whole_per_grant", fields=["grant"], condition=Q(ciphertext__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.attempt_id)
