"""What an approver asks whoever asked, before deciding; and the answer."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

from grants.policy.questions import ANSWER_MOST, QUESTION_MOST

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class Question(models.Model):
    """Asked and answered while nobody has decided; it never changes what is signed. Of one person, one is open."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, related_name="questions")
    asker = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="+")
    asker_person = models.UUIDField()
    text = models.CharField(max_length=QUESTION_MOST)
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=ANSWER_MOST, blank=True)
    answered_by = models.ForeignKey("grants.User", null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["asked_at"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(
                name="question_open_once", fields=["grant", "asker_person"], condition=Q(answered_at=None)
            ),
            models.CheckConstraint(name="question_asks_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="question_answered_in_full",
                condition=Q(answered_at=None, answered_by=None, answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")),
            ),
        ]

    def __str__(self) -> str:
        return f"question of {self.asked_at:%Y-%m-%d}"
