"""A company whose people may ask for access."""

import uuid
from typing import TYPE_CHECKING, ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

MONTH_HOURS_MAX: Final = 100_000


class Vendor(models.Model):
    """Company, mail domains, contract end, sponsors, monthly hours. No grant outlives the contract.

    ``terms`` is the wording that its contractors must have accepted to ask, if there is one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    is_domain_open = models.BooleanField(default=False)  # whether people of ``domains`` may knock without invitation
    contract_ends_at = models.DateTimeField()
    month_hours = models.PositiveIntegerField(null=True, blank=True)  # None: as many as are approved
    terms = models.ForeignKey(
        "grants.VendorTerms", null=True, blank=True, on_delete=models.PROTECT, related_name="current_for"
    )
    is_active = models.BooleanField(default=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("grants.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_reason = models.CharField(max_length=500, blank=True)
    sponsors = models.ManyToManyField("grants.User", related_name="sponsored_vendors", blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(Upper("name"), name="vendor_name_is_unique"),  # as name__iexact compares
            models.CheckConstraint(name="vendor_slug_fits_a_tag", condition=Q(slug__regex=r"^[a-z0-9-]+$")),
            models.CheckConstraint(
                name="vendor_month_hours_are_some",
                condition=Q(month_hours=None) | Q(month_hours__gte=1, month_hours__lte=MONTH_HOURS_MAX),
            ),
            models.CheckConstraint(
                name="vendor_closed_in_full",
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_at__isnull=False, closed_by__isnull=False, is_active=False) & ~Q(closed_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name
