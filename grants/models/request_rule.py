"""How much may be asked for, of one template or by one person, and who is told when nobody decides."""

import uuid
from typing import TYPE_CHECKING, ClassVar, Final

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

MOST: Final = 10_000


class RequestRule(models.Model):
    """Of one template, for everybody together; or without one, of everything for each person. None is no limit."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    template = models.ForeignKey("grants.GrantTemplate", null=True, on_delete=models.PROTECT, related_name="rules")
    live_max = models.PositiveIntegerField(null=True)
    daily_max = models.PositiveIntegerField(null=True)
    escalate_to = models.CharField(max_length=150, blank=True)  # a group; empty: the template admins

    class Meta:
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="rule_once", fields=["template"], nulls_distinct=False),
            models.CheckConstraint(
                name="rule_limits_are_some",
                condition=(Q(live_max=None) | Q(live_max__gte=1, live_max__lte=MOST))
                & (Q(daily_max=None) | Q(daily_max__gte=1, daily_max__lte=MOST)),
            ),
            models.CheckConstraint(
                name="rule_escalates_a_template", condition=Q(template__isnull=False) | Q(escalate_to="")
            ),
        ]

    def __str__(self) -> str:
        return str(self.template or "each person")
