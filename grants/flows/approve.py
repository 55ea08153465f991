"""An approver signs the snapshot; the last signature that is needed approves the grant."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction

from grants import audit, dispatch, ledger, permissions, policies, queries
from grants.errors import ApprovalMissingError, GroupSignedError, SignatureNeededError, SignatureRefusedError
from grants.gateways import webauthn
from grants.models import Grant, User
from grants.models.decision import Verdict
from grants.policy.snapshot import Snapshot

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
        _check_assertion(by, snapshot, grant, assertion)
        decision = ledger.record_decision(
            grant=grant,
            by=by,
            group=_group_to_sign_for(grant, by, now),
            verdict=Verdict.APPROVE,
            reason="",
            now=now,
            assertion=assertion,
        )
        if _is_complete(grant, now):
            ledger.move_grant(
                grant=grant,
                event=APPROVED,
                actor=audit.actor_of(by),
                now=now,
                facts={"snapshot_hash": grant.snapshot_hash, "group": decision.group},
                changes={
                    "approved_at": now,
                    "approval_until": _first_to_run_out(grant, now),
                    "due_at": policies.start_of(grant, now),
                },
                mails=[_letter(grant, snapshot)],
            )
            dispatch.ring_after_commit(dispatch.ISSUE, grant.pk)
        else:
            _record_signed(grant, by, decision.group)
    return grant


def _letter(grant: Grant, snapshot: Snapshot) -> ledger.MailOrder:
    told = {"sentence": snapshot.sentence, "check": snapshot.pickup_check, "starts_at": snapshot.starts_at}
    return ledger.grant_letter("request_approved", grant, to=grant.recipient.email, **told)


def _record_signed(grant: Grant, by: User, group: str) -> None:
    audit.record_event(
        kind="grant.signed",
        subject=grant.reference,
        actor=audit.actor_of(by),
        facts={"snapshot_hash": grant.snapshot_hash, "group": group},
    )


def _check_assertion(by: User, snapshot: Snapshot, grant: Grant, assertion: str) -> None:
    """Said here, while the approver can still do something about it."""
    if not assertion:
        if snapshot.needs_passkey:
            raise SignatureNeededError
        return
    credential_id = webauthn.credential_id_of(assertion)
    key = by.approver_keys.filter(credential_id=credential_id, revoked_at=None).first()
    # Its owner removed it, or a reset did, because the device is in other hands: an operator may not know of that yet.
    enrolled = webauthn.passkeys_among(queries.registrations_of(by))
    if key is None or credential_id not in {passkey.credential_id for passkey in enrolled}:
        raise SignatureRefusedError("not a believed key, or not enrolled any more")
    webauthn.check_signature(
        answer=assertion,
        public_key=bytes(key.public_key),
        snapshot_hash=grant.snapshot_hash,
        public_url=settings.PUBLIC_URL,
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


def _first_to_run_out(grant: Grant, now: datetime) -> datetime:
    """An approval stands as long as its oldest signature."""
    return min(policies.holding_approvals(grant, now).values_list("valid_until", flat=True))
