"""An approver says no, and why."""

from datetime import datetime
from typing import Final

from django.db import transaction

from grants import audit, ledger, permissions, policies, queries
from grants.errors import FieldError
from grants.models import Grant, User
from grants.models.decision import Verdict

DENIED: Final = "grant.denied"


def deny_grant(*, reference: str, by: User, snapshot_hash: str, reason: str, now: datetime) -> Grant:
    """End a request with a reason the requester will read. One no is enough."""
    if not reason.strip():
        raise FieldError("reason", "Say why, so that the requester knows what to change.")
    permissions.check_approver(by)
    with transaction.atomic():
        grant = queries.locked_grant(reference=reference)
        permissions.check_approver_can_decide(by, grant)
        policies.check_state(grant, DENIED)
        policies.check_snapshot_hash(grant, snapshot_hash)
        permissions.check_has_not_signed(by, grant)
        group = min(by.roles & set(grant.template_version.approver_groups))
        decision = ledger.record_decision(
            grant=grant,
            by=by,
            group=group,
            stands_for=queries.absent_for(by=by, grant=grant, group=group, now=now),
            verdict=Verdict.DENY,
            reason=reason.strip(),
            now=now,
        )
        ledger.move_grant(
            grant=grant,
            event=DENIED,
            actor=audit.actor_of(by),
            now=now,
            facts={"snapshot_hash": grant.snapshot_hash, **decision.facts},
            personal={"reason": reason.strip()},
            mails=[ledger.grant_letter("request_denied", grant, to=grant.recipient.email, reason=reason.strip())],
        )
    return grant
