"""Which approvals hold, until when, and whether they are enough."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from grants.errors import ApprovalMissingError, FieldError
from grants.models import Decision, Grant
from grants.models.decision import STANDS, Verdict
from grants.policy.signers import Signature, still_missing

APPROVAL_LIFE: Final = timedelta(hours=72)
START_GRACE: Final = timedelta(hours=24)


def check_alike(grants: Collection[Grant]) -> None:
    """Only requests of one version of one template are approved together: that is what was read."""
    if len({grant.template_version_id for grant in grants}) > 1:
        raise FieldError("item", "These are of different templates. Choose one template in the queue, then tick again.")


def start_of(grant: Grant, now: datetime) -> datetime:
    """When it begins: at the booked start, or now."""
    return max(now, grant.starts_at or now)


def approval_ends(grant: Grant, now: datetime) -> datetime:
    """Until when a signature of now stands: for three days, or a day after the booked start; in a window to its end."""
    ends = now + APPROVAL_LIFE if grant.starts_at is None else start_of(grant, now) + START_GRACE
    return min(ends, grant.window.ends_at) if grant.window else ends


def check_approvals(grant: Grant, now: datetime) -> None:
    """Unexpired approvals of this snapshot by enough different, active persons: of every group as many as must sign."""
    check_signatures(grant, signatures_of(grant, now))


def holding_approvals(grant: Grant, now: datetime) -> "QuerySet[Decision]":
    """Approvals of the grant's present snapshot that still hold, of people who were here all the time, oldest first."""
    rows = Decision.objects.filter(grant=grant, snapshot_hash=grant.snapshot_hash, verdict=Verdict.APPROVE)
    return rows.filter(STANDS, valid_until__gt=now, decider__is_active=True).order_by("decided_at")


def signatures_of(grant: Grant, now: datetime) -> list[Signature]:
    """The same as (group, person)."""
    return list(holding_approvals(grant, now).values_list("group", "decider_person"))


def check_signatures(grant: Grant, signatures: Iterable[Signature]) -> None:
    """The same over (group, person) of approvals that hold."""
    if still_missing(grant.template_version.signers, signatures):
        raise ApprovalMissingError
