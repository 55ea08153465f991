"""A new issuer that one admin proposes and a second one confirms."""

import uuid
from typing import TYPE_CHECKING, ClassVar, Final

from django.db import models
from django.db.models import F, Q

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

OPEN_PROPOSAL: Final = Q(confirmed_at=None, refused_at=None)


class IssuerProposal(models.Model):
    """Four eyes: ``fields`` are the issuer's own, word for word what the second admin reads and confirms."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    fields = models.JSONField()
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="+")
    asked_by_person = models.UUIDField()
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_by = models.ForeignKey("grants.User", null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_by_person = models.UUIDField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    refused_by = models.ForeignKey("grants.User", null=True, on_delete=models.PROTECT, related_name="+")
    refused_at = models.DateTimeField(null=True)
    issuer = models.OneToOneField("grants.Issuer", null=True, on_delete=models.PROTECT, related_name="proposal")

    class Meta:
        ordering: ClassVar[list[str]] = ["asked_at"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(
                name="proposal_has_four_eyes",
                condition=Q(confirmed_by_person=None) | ~Q(confirmed_by_person=F("asked_by_person")),
            ),
            models.CheckConstraint(
                name="proposal_confirmed_in_full",
                condition=Q(confirmed_at=None, confirmed_by=None, confirmed_by_person=None, issuer=None)
                | Q(
                    confirmed_at__isnull=False,
                    confirmed_by__isnull=False,
                    confirmed_by_person__isnull=False,
                    issuer__isnull=False,
                    refused_at=None,
                ),
            ),
            models.CheckConstraint(
                name="proposal_refused_in_full",
                condition=Q(refused_at=None, refused_by=None) | Q(refused_at__isnull=False, refused_by__isnull=False),
            ),
            models.UniqueConstraint(name="proposal_open_once", fields=["name"], condition=OPEN_PROPOSAL),
        ]

    def __str__(self) -> str:
        return self.name
