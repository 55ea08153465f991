"""One STS call, written before it is made."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

from grants.values import Minted

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class Purpose(models.TextChoices):
    """Why STS is called."""

    GRANT = "grant", "grant"
    DRY_RUN = "dry run", "dry run of a template"
    DOCTOR = "doctor", "dry run of an issuer"


class Outcome(models.TextChoices):
    """What became of the call. ``unknown``: the answer was lost, so the session may exist and is denied by name."""

    PENDING = "pending", "under way"
    MINTED = "minted", "credentials received"
    FAILED = "failed", "refused"
    UNKNOWN = "unknown", "outcome unknown"
    DISCARDED = "discarded", "credentials discarded"


class IssueAttempt(models.Model):
    """Keeps the three sizes (None where STS sent none), the handle on the session, and what went wrong.

    A dry run has an issuer instead of a grant: it is named ``dry-…``, which the issuer denies for good, and its
    credentials are thrown away. ``clock_ahead`` is how many seconds our clock was ahead of AWS's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey(
        "grants.Grant", null=True, on_delete=models.PROTECT, related_name="attempts", db_index=False
    )
    issuer = models.ForeignKey(
        "grants.Issuer", null=True, on_delete=models.PROTECT, related_name="dry_runs", db_index=False
    )
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.GRANT)
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=32)
    snapshot_hash = models.CharField(max_length=64)
    seconds = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.PENDING)
    error_code = models.CharField(max_length=60, blank=True)
    error_detail = models.CharField(max_length=500, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    access_key_id = models.CharField(max_length=128, blank=True)
    federated_arn = models.CharField(max_length=2048, blank=True)
    federated_id = models.CharField(max_length=200, blank=True)
    expiration = models.DateTimeField(null=True)
    packed_policy_size = models.IntegerField(null=True)
    token_utilization = models.IntegerField(null=True)
    token_size = models.IntegerField(null=True)
    clock_ahead = models.IntegerField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["started_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="attempt_access_key_id", fields=["access_key_id"]),
            models.Index(name="attempt_federated_id", fields=["federated_id"]),
            models.Index(name="attempt_dry_run", fields=["issuer"], condition=Q(issuer__isnull=False)),
        ]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="attempt_name_is_unique", fields=["name"]),
            models.UniqueConstraint(name="attempt_number_is_unique", fields=["grant", "number"]),
            models.UniqueConstraint(
                name="attempt_one_pending_per_grant", fields=["grant"], condition=Q(outcome="pending")
            ),
            models.CheckConstraint(
                name="attempt_is_for_a_grant_or_dry",
                condition=Q(purpose="grant", grant__isnull=False, issuer__isnull=True)
                | Q(
                    purpose__in=["dry run", "doctor"], grant__isnull=True, issuer__isnull=False, name__startswith="dry-"
                ),
            ),
            # Credentials of a dry run are for nobody: they are never kept, so they were never minted for anyone.
            models.CheckConstraint(
                name="attempt_dry_run_keeps_nothing", condition=Q(purpose="grant") | ~Q(outcome="minted")
            ),
            models.CheckConstraint(
                name="attempt_is_pending_or_finished",
                condition=Q(outcome="pending", finished_at__isnull=True)
                | (~Q(outcome="pending") & Q(finished_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="attempt_minted_has_its_handle",
                condition=~Q(outcome="minted")
                | (Q(expiration__isnull=False) & ~Q(access_key_id="") & ~Q(federated_id="", request_id="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


def handle_of(minted: Minted) -> dict[str, object]:
    """What an attempt's row keeps of STS's answer: everything but the credentials."""
    return {
        "request_id": minted.request_id,
        "access_key_id": minted.credentials.access_key_id,
        "federated_arn": minted.federated_user_arn,
        "federated_id": minted.federated_user_id,
        "expiration": minted.credentials.expiration,
        "packed_policy_size": minted.packed_policy_size,
        "token_utilization": minted.token_utilization,
        "token_size": minted.token_size,
        "clock_ahead": minted.clock_ahead,
    }
