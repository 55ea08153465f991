"""A managed policy that an issuer's templates may name, and what its document said when it was last read."""

import uuid
from typing import TYPE_CHECKING, ClassVar, Final

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

ALLOWED: Final = Q(withdrawn_at=None)


class IssuerPolicy(models.Model):
    """Allowed by an admin, read by the revoke worker: ``digest`` is the SHA-256 over the document in force.

    Without ``read_at`` nobody has read it yet. ``error_code`` is why the last reading failed; what an earlier one found
    stays beside it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    issuer = models.ForeignKey("grants.Issuer", on_delete=models.PROTECT, related_name="policies")
    arn = models.CharField(max_length=2048)
    allowed_by = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="+")
    allowed_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey("grants.User", null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    version_id = models.CharField(max_length=20, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    read_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name_plural = "issuer policies"
        ordering: ClassVar[list[str]] = ["arn"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="issuer_policy_allowed_once", fields=["issuer", "arn"], condition=ALLOWED),
            models.CheckConstraint(
                name="issuer_policy_withdrawn_in_full",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
            models.CheckConstraint(
                name="issuer_policy_read_in_full",
                condition=Q(read_at=None, digest="", version_id="")
                | (Q(read_at__isnull=False, digest__regex=r"^[0-9a-f]{64}$") & ~Q(version_id="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Without its path."""
        return self.arn.rpartition("/")[2]
