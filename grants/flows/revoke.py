"""An approver takes access away, whatever state it is in."""

from datetime import datetime
from typing import Final

from django.db import transaction

from grants import audit, ledger, permissions, policies, queries
from grants.errors import FieldError
from grants.lifecycle import State
from grants.models import Grant, PickupLink, SealedCredential, User
from grants.models.link import LIVE_LINK

REVOKED: Final = "grant.revoked"


def revoke_grant(*, reference: str, by: User, reason: str, now: datetime) -> Grant:
    """Unrevealed: wiped at once. Revealed: a Deny is queued. Being issued: noted, and the issue worker discards."""
    if not reason.strip():
        raise FieldError("reason", "Say why, so that the contractor and the auditor know.")
    permissions.check_approver(by)
    with transaction.atomic():
        grant = queries.locked_grant(reference=reference)
        permissions.check_may_revoke(by, grant)
        policies.check_state(grant, REVOKED)
        if grant.state == State.ISSUING:
            _note(grant, by, reason.strip(), now)
        else:
            _revoke(grant, by, reason.strip(), now)
    return grant


def _note(grant: Grant, by: User, reason: str, now: datetime) -> None:
    if grant.revoke_requested_at:
        return
    grant.revoke_requested_at, grant.revoke_requested_by, grant.revoke_reason = now, by, reason
    grant.save(update_fields=["revoke_requested_at", "revoke_requested_by", "revoke_reason"])
    audit.record_event(
        kind="grant.revoke_requested",
        subject=grant.reference,
        actor=audit.actor_of(by),
        personal={"reason": reason},
    )


def _revoke(grant: Grant, by: User, reason: str, now: datetime) -> None:
    PickupLink.objects.filter(LIVE_LINK, grant=grant).update(closed_at=now)
    wiped = SealedCredential.objects.filter(grant=grant, wiped_at=None).update(ciphertext=None, wiped_at=now)
    denied = ledger.deny_live_sessions(grant, now) if grant.state == State.REVEALED else []
    ledger.move_grant(
        grant=grant,
        event=REVOKED,
        actor=audit.actor_of(by),
        now=now,
        facts={"wiped": bool(wiped), "denied": denied},
        personal={"reason": reason},
        changes={"revoke_reason": reason, "due_at": None},
        mails=[ledger.grant_letter("grant_revoked", grant, to=grant.recipient.email, reason=reason)],
    )
