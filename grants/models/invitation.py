"""An address that may become a contractor's account."""

import uuid
from typing import TYPE_CHECKING, ClassVar, Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

OPEN_INVITATION: Final = Q(accepted_at=None, withdrawn_at=None)


class Invitation(models.Model):
    """Made by a sponsor or a template admin. The first sign-in code that is asked for accepts it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    vendor = models.ForeignKey("grants.Vendor", on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    full_name = models.CharField(max_length=120, blank=True)
    invited_by = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="invitations_made")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["invited_at"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="invitation_open_once", fields=["email"], condition=OPEN_INVITATION),
            models.CheckConstraint(name="invitation_email_is_lower", condition=Q(email=Lower("email"))),
            models.CheckConstraint(
                name="invitation_accepted_or_withdrawn", condition=Q(accepted_at=None) | Q(withdrawn_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.email
