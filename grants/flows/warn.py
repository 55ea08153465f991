"""The clock tells recipients that their access is about to end, once, while there is time to ask for more."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from grants import audit, ledger, queries
from grants.lifecycle import State
from grants.policy.near_end import WARN_BEFORE, is_near_end


def warn_due(*, now: datetime) -> int:
    """Mail everybody whose access is near its end; returns how many."""
    due = Q(state=State.REVEALED, warned_at=None, ends_at__gt=now, ends_at__lte=now + WARN_BEFORE)
    return sum(_warn(pk, due, now) for pk in queries.grants_due(due))


def _warn(pk: UUID, due: Q, now: datetime) -> int:
    with transaction.atomic():
        grant = queries.locked_grant(due, pk=pk, skip_locked=True)
        if grant is None or grant.ends_at is None or not is_near_end(grant.ends_at, seconds=grant.seconds, now=now):
            return 0
        grant.warned_at = now
        grant.save(update_fields=["warned_at"])
        for to in sorted({grant.recipient.email, grant.requester.email}):
            letter = ledger.grant_letter("grant_ending", grant, to=to, ends_at=grant.ends_at.isoformat())
            ledger.queue_mail(order=letter, grant=grant, now=now)
        audit.record_event(kind="grant.warned", subject=grant.reference, actor=audit.CLOCK)
    return 1
