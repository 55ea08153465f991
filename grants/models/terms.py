"""What a vendor's contractors accept before they ask, and who accepted which wording."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class VendorTerms(models.Model):
    """One wording, known by the SHA-256 of its text; the database checks the hash, and never changes the row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    vendor = models.ForeignKey("grants.Vendor", on_delete=models.PROTECT, related_name="wordings")
    text = models.TextField()
    digest = models.CharField(max_length=64)
    written_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "vendor terms"
        ordering: ClassVar[list[str]] = ["written_at"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="terms_wording_once", fields=["vendor", "digest"]),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} {self.digest[:8]}"


class TermsAcceptance(models.Model):
    """A contractor said yes to one wording; never changed either."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    terms = models.ForeignKey(VendorTerms, on_delete=models.PROTECT, related_name="acceptances")
    user = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="acceptances")
    accepted_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["accepted_at"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="terms_accepted_once", fields=["terms", "user"]),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.terms.digest[:8]}"
