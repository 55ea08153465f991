"""Whether an issuer can mint at all: open while AWS refuses its keys or permissions."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class IssuerCircuit(models.Model):
    """Open: nothing is minted but one probe at a time, from ``probe_at`` on. No row: never any trouble.

    ``told_at`` is when the template admins were last told, ``failures`` how many probes have failed since it opened.
    """

    issuer = models.OneToOneField("grants.Issuer", primary_key=True, on_delete=models.PROTECT, related_name="circuit")
    opened_at = models.DateTimeField(null=True)
    probe_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=60, blank=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(
                name="circuit_is_open_or_closed",
                condition=Q(opened_at__isnull=True, probe_at__isnull=True, error_code="")
                | (Q(opened_at__isnull=False, probe_at__isnull=False) & ~Q(error_code="")),
            ),
        ]

    def __str__(self) -> str:
        return self.error_code or "closed"
