"""Which mails somebody wants, and what a request's approvers were told already."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class NoticeChoice(models.Model):
    """One person's yes or no to one family of mails; without a row the family's own default counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="notice_choices")
    family = models.CharField(max_length=20)
    by_mail = models.BooleanField()

    class Meta:
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="notice_chosen_once", fields=["user", "family"]),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.family}"


class NudgeKind(models.TextChoices):
    """What a request gives occasion to, each once."""

    FIRST = "first", "reminded"
    SECOND = "second", "reminded again"
    ESCALATED = "escalated", "escalated"
    DECIDED = "decided", "told that somebody else has decided"
    REVIEW = "review", "reminded that an emergency has to be reviewed"


class Nudge(models.Model):
    """It was done, by whichever beat came first."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, related_name="nudges")
    kind = models.CharField(max_length=10, choices=NudgeKind.choices)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="nudge_once", fields=["grant", "kind"]),
        ]

    def __str__(self) -> str:
        return f"{self.grant} {self.kind}"
