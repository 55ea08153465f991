"""One request and all that becomes of it: the aggregate."""

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Upper

from grants.lifecycle import HOLDING, LIVE, UNDECIDED, State
from grants.models.nulls import together
from grants.values import SECONDS_MAX, SECONDS_MIN, new_reference

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

WAITS: Final = Q(state="requested")
# An extension begins when what it goes on from ends: as long as that runs, the two are one access and not two.
CONTINUES: Final = Q(
    previous__state=State.REVEALED, previous__recipient=F("recipient"), previous__ends_at__lte=F("starts_at")
)
FAR: Final = Value(datetime(9999, 1, 1, tzinfo=UTC))  # when a grant without a booked start begins, in an order by start


class Grant(models.Model):
    """The snapshot is canonical JSON; the database checks its SHA-256 and freezes it once a decision can bind to it.

    ``starts_at`` is the booked start, None for at once. ``previous`` is the grant that this one goes on from.
    ``session_of`` is the issuer whose user's sessions cannot be told apart: it holds one at a time.
    ``window`` is the pre-approved window under which it is given; ``window_note`` says why one that is open is not.
    ``due_at`` is when the issue worker may next try, ``tries`` how often it did since a person last said so,
    ``ends_at`` the end that STS returned.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=10, default=new_reference)
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in State], default=State.REQUESTED)
    state_at = models.DateTimeField()
    template_version = models.ForeignKey("grants.TemplateVersion", on_delete=models.PROTECT, related_name="grants")
    vendor = models.ForeignKey("grants.Vendor", on_delete=models.PROTECT, related_name="grants")
    issuer = models.ForeignKey("grants.Issuer", on_delete=models.PROTECT, related_name="grants")
    requester = models.ForeignKey(
        "grants.User", on_delete=models.PROTECT, related_name="requested_grants", db_index=False
    )
    recipient = models.ForeignKey(
        "grants.User", on_delete=models.PROTECT, related_name="received_grants", db_index=False
    )
    requester_person = models.UUIDField()
    recipient_person = models.UUIDField()
    inviter_person = models.UUIDField()
    reason = models.CharField(max_length=1000)
    ticket = models.CharField(max_length=100, blank=True)
    folder = models.CharField(max_length=100, blank=True)
    seconds = models.PositiveIntegerField()
    starts_at = models.DateTimeField(null=True)
    previous = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="next_ones", db_index=False)
    session_of = models.ForeignKey(
        "grants.Issuer", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    window = models.ForeignKey(
        "grants.Window", null=True, on_delete=models.PROTECT, related_name="grants", db_index=False
    )
    window_note = models.CharField(max_length=200, blank=True)
    snapshot = models.TextField()
    snapshot_hash = models.CharField(max_length=64)
    risks = models.GeneratedField(
        expression=models.Func("snapshot", function="daypass_risks"),
        output_field=ArrayField(models.CharField(max_length=20)),
        db_persist=True,
    )
    code_digest = models.BinaryField(max_length=32, null=True)
    requested_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    approval_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    failure_code = models.CharField(max_length=60, blank=True)
    revoke_requested_at = models.DateTimeField(null=True)
    revoke_requested_by = models.ForeignKey(
        "grants.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    revoke_reason = models.CharField(max_length=500, blank=True)
    revealed_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-requested_at"]
        # A move writes every index in which its row stands: what few grants have is indexed for those alone.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="grant_due", fields=["due_at"], condition=Q(state="approved")),
            models.Index(name="grant_live", fields=["state", "ends_at"], condition=Q(state__in=sorted(LIVE))),
            models.Index(name="grant_by_recipient", fields=["recipient", "-requested_at"]),
            # The last one that was approved: found without reading what a recipient has asked for since.
            models.Index(
                name="grant_last", fields=["recipient", "-requested_at"], condition=Q(approved_at__isnull=False)
            ),
            # What the clock looks for every ten seconds among all that waits: few of it is booked.
            models.Index(name="grant_booked", fields=["starts_at"], condition=WAITS & Q(starts_at__isnull=False)),
            models.Index(name="grant_by_requester", fields=["requester", "-requested_at"]),
            models.Index(name="grant_queue", fields=["state", "requested_at"]),
            models.Index(name="grant_previous", fields=["previous"], condition=Q(previous__isnull=False)),
            models.Index(name="grant_session_of", fields=["session_of"], condition=Q(session_of__isnull=False)),
            models.Index(name="grant_window", fields=["window"], condition=Q(window__isnull=False)),
            # The approvers' queue: read in one of three orders, or by what is rare.
            models.Index(name="grant_oldest", fields=["requested_at", "id"], condition=WAITS),
            models.Index(name="grant_longest", fields=["-seconds", "id"], condition=WAITS),
            models.Index(Coalesce("starts_at", FAR), "requested_at", "id", name="grant_soonest", condition=WAITS),
            models.Index(name="grant_waits_of", fields=["vendor", "requested_at", "id"], condition=WAITS),
            models.Index(name="grant_waits_for", fields=["recipient", "requested_at"], condition=WAITS),
            models.Index(name="grant_waits_by", fields=["template_version", "requested_at", "id"], condition=WAITS),
            models.Index(Upper("ticket"), name="grant_ticket", condition=WAITS),
            models.Index(
                name="grant_begins_with", fields=["reference"], opclasses=["varchar_pattern_ops"], condition=WAITS
            ),
            GinIndex(name="grant_risks", fields=["risks"], condition=WAITS),
        ]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="grant_reference_is_unique", fields=["reference"]),
            models.CheckConstraint(
                name="grant_seconds_fit_sts", condition=Q(seconds__gte=SECONDS_MIN, seconds__lte=SECONDS_MAX)
            ),
            models.CheckConstraint(
                name="grant_revoke_request_is_a_pair", condition=together("revoke_requested_at", "revoke_requested_by")
            ),
            models.CheckConstraint(
                name="grant_approval_is_a_pair", condition=together("approved_at", "approval_until")
            ),
            # GetSessionToken's sessions share their user's id: a Deny ends all of them, so there is one.
            models.UniqueConstraint(
                name="grant_one_session_per_issuer",
                fields=["session_of"],
                condition=Q(state__in=sorted(HOLDING), session_of__isnull=False),
            ),
            models.UniqueConstraint(
                name="grant_goes_on_once",
                fields=["previous"],
                condition=Q(state__in=sorted(UNDECIDED | LIVE), previous__isnull=False),
            ),
            models.UniqueConstraint(
                name="grant_and_persons", fields=["id", "requester_person", "recipient_person", "inviter_person"]
            ),
        ]

    def __str__(self) -> str:
        return self.reference
