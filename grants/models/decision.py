"""One person's yes or no over one snapshot hash."""

import uuid
from typing import TYPE_CHECKING, ClassVar, Final

from django.db import models
from django.db.models import F, Q

from grants.policy.signers import ON_CALL

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class Verdict(models.TextChoices):
    """Yes or no."""

    APPROVE = "approve", "approved"
    DENY = "deny", "denied"


# By somebody who was not frozen since: that they were let back in brings nothing back.
STANDS: Final = Q(times_frozen=F("decider__times_frozen"))


class Decision(models.Model):
    """A signature. It copies the grant's persons, held true by a composite foreign key, so that a CHECK can compare.

    ``stands_for`` is who was away and had named the decider: it counts as the decider's, and names both.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, related_name="decisions")
    decider = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="decisions")
    decider_person = models.UUIDField()
    times_frozen = models.PositiveIntegerField(default=0, db_default=0)  # of the decider, when whoever signs was let in
    stands_for = models.ForeignKey("grants.User", null=True, on_delete=models.PROTECT, related_name="+")
    stands_for_person = models.UUIDField(null=True)
    requester_person = models.UUIDField()
    recipient_person = models.UUIDField()
    inviter_person = models.UUIDField()
    group = models.CharField(max_length=150)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    snapshot_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=1000, blank=True)
    assertion = models.TextField(blank=True)  # the browser's answer: a passkey's signature over the hash
    decided_at = models.DateTimeField()
    valid_until = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["decided_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="decision_of_a_person", fields=["decider_person", "decided_at"])
        ]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(
                name="decision_once_per_person",
                fields=["grant", "snapshot_hash", "decider_person", "times_frozen"],
                condition=~Q(group=ON_CALL),
            ),
            # Who has signed and waits for others may still say, in an emergency, that theirs stands for all.
            models.UniqueConstraint(
                name="decision_alone_once", fields=["grant", "snapshot_hash"], condition=Q(group=ON_CALL)
            ),
            models.CheckConstraint(
                name="decision_separates_duties",
                condition=~Q(decider_person=F("requester_person"))
                & ~Q(decider_person=F("recipient_person"))
                & ~Q(decider_person=F("inviter_person")),
            ),
            models.CheckConstraint(
                name="decision_stands_for_nobody_bound_to_it",
                condition=Q(stands_for__isnull=True, stands_for_person__isnull=True)
                | (
                    Q(stands_for__isnull=False, stands_for_person__isnull=False)
                    & ~Q(stands_for_person=F("decider_person"))
                    & ~Q(stands_for_person=F("requester_person"))
                    & ~Q(stands_for_person=F("recipient_person"))
                    & ~Q(stands_for_person=F("inviter_person"))
                ),
            ),
            models.CheckConstraint(name="decision_denial_has_a_reason", condition=~Q(verdict="deny", reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.snapshot_hash[:8]}"

    @property
    def is_void(self) -> bool:
        """Whether the decider was frozen since."""
        return self.times_frozen != self.decider.times_frozen

    @property
    def facts(self) -> dict[str, str]:
        """What an audit row says of it beside who acted."""
        return {"group": self.group, **({"stands_for": str(self.stands_for_id)} if self.stands_for_id else {})}

    @property
    def by_whom(self) -> str:
        """Both names where one stood in: "Dora for Bea"."""
        return f"{self.decider} for {self.stands_for}" if self.stands_for else str(self.decider)
