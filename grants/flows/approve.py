"""An approver signs the snapshot; the last signature approves the grant."""

from datetime import datetime
from typing import Final

from django.db import transaction

from grants import audit, dispatch, ledger, permissions, policies, queries
from grants.errors import ApprovalMissingError, NotAllowedError
from grants.models import Grant, User
from grants.models.decision import Verdict

APPROVED: Final = "grant.approved"


def approve_grant(*, reference: str, by: User, snapshot_hash: str, now: datetime) -> Grant:
    """Sign ``snapshot_hash``. Raises StaleSnapshotError, OwnGrantError, AlreadySignedError, WrongStateError."""
    permissions.check_approver(by)
    with transaction.atomic():
        grant = queries.locked_grant(reference=reference)
        permissions.check_approver_can_decide(by, grant)
        policies.check_state(grant, APPROVED)
        policies.check_snapshot_hash(grant, snapshot_hash)
        permissions.check_has_not_signed(by, grant)
        snapshot = policies.read_snapshot(grant)
        policies.check_contract(grant.vendor, grant.seconds, now)
        decision = ledger.record_decision(
            grant=grant, by=by, group=_group_to_sign_for(grant, by), verdict=Verdict.APPROVE, reason="", now=now
        )
        if _is_complete(grant, now):
            ledger.move_grant(
                grant=grant,
                event=APPROVED,
                actor=audit.actor_of(by),
                now=now,
                facts={"snapshot_hash": grant.snapshot_hash, "group": decision.group},
                changes={"approved_at": now, "approval_until": _first_to_run_out(grant), "due_at": now},
                mails=[
                    ledger.grant_letter("request_approved", grant, to=grant.recipient.email, sentence=snapshot.sentence)
                ],
            )
            dispatch.ring_after_commit(dispatch.ISSUE, grant.pk)
        else:
            audit.record_event(
                kind="grant.signed",
                subject=grant.reference,
                actor=audit.actor_of(by),
                facts={"snapshot_hash": grant.snapshot_hash, "group": decision.group},
            )
    return grant


def _group_to_sign_for(grant: Grant, by: User) -> str:
    """The first group of theirs that nobody has signed for yet."""
    signed = set(grant.decisions.filter(snapshot_hash=grant.snapshot_hash).values_list("group", flat=True))
    open_groups = [g for g in sorted(grant.template_version.approver_groups) if g in by.roles and g not in signed]
    if not open_groups:
        raise NotAllowedError("their groups have signed already")
    return open_groups[0]


def _is_complete(grant: Grant, now: datetime) -> bool:
    try:
        policies.check_approvals(grant, now)
    except ApprovalMissingError:
        return False
    return True


def _first_to_run_out(grant: Grant) -> datetime:
    """An approval stands as long as its oldest signature."""
    signed = grant.decisions.filter(snapshot_hash=grant.snapshot_hash).order_by("valid_until")
    return signed[0].valid_until
