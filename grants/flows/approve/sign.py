"""An approver signs the snapshot; the last signature that is needed approves the grant."""

from datetime import datetime
from typing import Final

from django.db import transaction

from grants import audit, ledger, permissions, policies, queries
from grants.errors import ApprovalMissingError, GroupSignedError
from grants.models import Decision, Grant, User
from grants.models.decision import Verdict

APPROVED: Final = "grant.approved"


def approve_grant(*, reference: str, by: User, snapshot_hash: str, now: datetime, assertion: str = "") -> Grant:
    """Sign ``snapshot_hash``. Raises StaleSnapshotError, OwnGrantError, AlreadySignedError, WrongStateError.

    ``assertion`` is a passkey's signature over it, kept with the decision: the issue worker looks at it again, with
    keys that this process cannot write. Raises SignatureNeededError, SignatureRefusedError.
    """
    permissions.check_approver(by)
    with transaction.atomic():
        grant = queries.locked_grant(reference=reference)
        permissions.check_approver_can_decide(by, grant)
        policies.check_state(grant, APPROVED)
        policies.check_snapshot_hash(grant, snapshot_hash)
        permissions.check_has_not_signed(by, grant)
        snapshot = policies.read_snapshot(grant)
        policies.check_contract(grant.vendor, grant.seconds, policies.start_of(grant, now))
        ledger.check_assertion(
            by=by, assertion=assertion, signed_hash=grant.snapshot_hash, is_needed=snapshot.needs_passkey
        )
        group = _group_to_sign_for(grant, by, now)
        decision = ledger.record_decision(
            grant=grant,
            by=by,
            group=group,
            stands_for=queries.absent_for(by=by, grant=grant, group=group, now=now),
            verdict=Verdict.APPROVE,
            reason="",
            now=now,
            assertion=assertion,
        )
        if _is_complete(grant, now):
            ledger.approve_grant(
                grant=grant,
                actor=audit.actor_of(by),
                facts=decision.facts,
                snapshot=snapshot,
                now=now,
            )
        else:
            _record_signed(grant, by, decision)
    return grant


def _record_signed(grant: Grant, by: User, decision: Decision) -> None:
    audit.record_event(
        kind="grant.signed",
        subject=grant.reference,
        actor=audit.actor_of(by),
        facts={"snapshot_hash": grant.snapshot_hash, **decision.facts},
    )


def _group_to_sign_for(grant: Grant, by: User, now: datetime) -> str:
    """Of their groups that still have to sign, the one with the fewest other people who could."""
    open_groups = permissions.open_groups(by, grant, policies.signatures_of(grant, now))
    if not open_groups:
        raise GroupSignedError
    return min(open_groups, key=lambda group: (queries.members_of(group), group))


def _is_complete(grant: Grant, now: datetime) -> bool:
    try:
        policies.check_approvals(grant, now)
    except ApprovalMissingError:
        return False
    return True
