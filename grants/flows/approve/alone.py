"""Somebody on call approves alone, in an emergency: loudly, and looked at by somebody else afterwards."""

from datetime import datetime

from django.db import transaction

from grants import audit, ledger, permissions, policies, queries
from grants.models import Grant, User
from grants.models.decision import Verdict
from grants.policy.said import check_said
from grants.policy.signers import ON_CALL


def approve_alone(
    *, reference: str, by: User, snapshot_hash: str, reason: str, now: datetime, assertion: str = ""
) -> Grant:
    """One signature instead of all that are wanted, also of somebody who has given theirs and waits for the others.

    Where a passkey must sign, theirs does, over more than the snapshot: that it is meant to stand for all.
    """
    why = reason.strip()
    check_said(why, "reason", "Say what the emergency is: everybody who answers for this reads it.")
    permissions.check_on_call(by)
    with transaction.atomic():
        grant = queries.locked_grant(reference=reference)
        permissions.check_not_bound(by, grant)
        policies.check_state(grant, "grant.approved")
        policies.check_snapshot_hash(grant, snapshot_hash)
        snapshot = policies.read_snapshot(grant)
        policies.check_contract(grant.vendor, grant.seconds, policies.start_of(grant, now))
        read, needed = grant.snapshot_hash, snapshot.needs_passkey
        ledger.check_assertion(by=by, assertion=assertion, signed_hash=read, is_needed=needed, group=ON_CALL)
        ledger.record_decision(
            grant=grant, by=by, group=ON_CALL, verdict=Verdict.APPROVE, reason=why, now=now, assertion=assertion
        )
        told = {"sentence": snapshot.sentence, "reason": why, "decider": str(by), "next_url": queries.review_url(grant)}
        for to in queries.emergency_audience(grant, by):
            order = ledger.grant_letter("emergency_approval", grant, to=to, **told)
            ledger.queue_mail(order=order, grant=grant, now=now)
        ledger.approve_grant(
            grant=grant,
            actor=audit.actor_of(by),
            facts={"group": ON_CALL, "emergency": True},
            snapshot=snapshot,
            now=now,
            personal={"reason": why},
        )
    return grant
