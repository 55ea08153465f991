"""A change of somebody's account that one admin asks for and a second one confirms."""

import uuid
from typing import TYPE_CHECKING, ClassVar, Final

from django.db import models
from django.db.models import F, Q

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

OPEN_CHANGE: Final = Q(confirmed_at=None, refused_at=None)


class ChangeKind(models.TextChoices):
    """What is to change."""

    JOIN = "join", "make a staff account"
    GIVE = "give", "give a role"
    TAKE = "take", "take a role"
    LEAVE = "leave", "close the account"
    RESET = "reset", "reset the second factor"
    THAW = "thaw", "let a frozen person back in"


class PersonChange(models.Model):
    """Four eyes: whoever asks, whoever confirms and whom it is about are three different persons."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=ChangeKind.choices)
    subject = models.ForeignKey("grants.User", null=True, on_delete=models.PROTECT, related_name="changes")
    subject_person = models.UUIDField(null=True)
    email = models.EmailField()
    full_name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="changes_asked")
    asked_by_person = models.UUIDField()
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        "grants.User", null=True, on_delete=models.PROTECT, related_name="changes_confirmed"
    )
    confirmed_by_person = models.UUIDField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    refused_by = models.ForeignKey("grants.User", null=True, on_delete=models.PROTECT, related_name="changes_refused")
    refused_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["asked_at"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(
                name="change_has_four_eyes",
                condition=Q(confirmed_by_person=None) | ~Q(confirmed_by_person=F("asked_by_person")),
            ),
            models.CheckConstraint(
                name="change_is_about_somebody_else",
                condition=Q(subject_person=None)
                | (
                    ~Q(subject_person=F("asked_by_person"))
                    & (Q(confirmed_by_person=None) | ~Q(subject_person=F("confirmed_by_person")))
                ),
            ),
            models.CheckConstraint(
                name="change_confirmed_in_full",
                condition=Q(confirmed_at=None, confirmed_by=None, confirmed_by_person=None)
                | Q(
                    confirmed_at__isnull=False,
                    confirmed_by__isnull=False,
                    confirmed_by_person__isnull=False,
                    refused_at=None,
                ),
            ),
            models.CheckConstraint(
                name="change_refused_in_full",
                condition=Q(refused_at=None, refused_by=None) | Q(refused_at__isnull=False, refused_by__isnull=False),
            ),
            models.UniqueConstraint(name="change_open_once", fields=["email", "kind", "role"], condition=OPEN_CHANGE),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.email}"
