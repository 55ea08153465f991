"""What the revoker's keys last read at IAM about an issuer."""

from django.db import models


class IssuerReading(models.Model):
    """``keys`` are {"ending", "created_at", "is_active"}; null where they may not be read, or a role has none.

    ``error_code`` is why the last reading failed; what an earlier one found stays beside it.
    """

    issuer = models.OneToOneField("grants.Issuer", primary_key=True, on_delete=models.PROTECT, related_name="reading")
    tried_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=60, blank=True)
    keys = models.JSONField(null=True)
    boundary_arn = models.CharField(max_length=2048, blank=True)
    unique_id = models.CharField(max_length=130, blank=True)
    seconds_most = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.issuer_id)
