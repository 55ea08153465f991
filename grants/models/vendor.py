"""A company whose people may ask for access."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class Vendor(models.Model):
    """Company, mail domains, contract end, sponsors. No grant outlives the contract."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    is_domain_open = models.BooleanField(default=False)  # whether people of ``domains`` may knock without invitation
    contract_ends_at = models.DateTimeField()
    is_active = models.BooleanField(default=True)
    sponsors = models.ManyToManyField("grants.User", related_name="sponsored_vendors", blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(name="vendor_slug_fits_a_tag", condition=models.Q(slug__regex=r"^[a-z0-9-]+$")),
        ]

    def __str__(self) -> str:
        return self.name
