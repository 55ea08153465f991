"""A code of an issuer's MFA device, on its way from the person who typed it to the issue worker."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class MfaCode(models.Model):
    """Sealed, and gone within seconds: the worker reads and clears it in one statement, or the clock clears it.

    The row stays, without the code: who typed one, and when.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, related_name="mfa_codes")
    sealed = models.BinaryField(null=True)
    typed_by = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="+")
    typed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    wiped_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "MFA code"
        verbose_name_plural = "MFA codes"
        ordering: ClassVar[list[str]] = ["typed_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="mfa_code_whole", fields=["expires_at"], condition=Q(wiped_at__isnull=True)),
        ]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(
                name="mfa_code_is_whole_or_wiped",
                condition=Q(sealed__isnull=True, wiped_at__isnull=False)
                | Q(sealed__isnull=False, wiped_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="mfa_code_one_per_grant", fields=["grant"], condition=Q(wiped_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
