"""What somebody else says afterwards of an approval that one person gave alone, in an emergency."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import F, Q

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class Judgement(models.TextChoices):
    """Whether it was an emergency."""

    RIGHT = "right", "It was an emergency, and this was the right thing to do"
    WRONG = "wrong", "It should not have been approved this way"


class EmergencyReview(models.Model):
    """One for each such approval, by another person; append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    decision = models.OneToOneField("grants.Decision", on_delete=models.PROTECT, related_name="review")
    decider_person = models.UUIDField()
    reviewer = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="+")
    reviewer_person = models.UUIDField()
    judgement = models.CharField(max_length=10, choices=Judgement.choices)
    note = models.CharField(max_length=1000)
    reviewed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["reviewed_at"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(name="review_is_somebody_elses", condition=~Q(reviewer_person=F("decider_person"))),
            models.CheckConstraint(name="review_says_why", condition=~Q(note="")),
        ]

    def __str__(self) -> str:
        return f"{self.judgement} {self.decision_id}"
