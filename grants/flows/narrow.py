"""An approver makes an undecided request smaller: whoever signed it before has to look again."""

from datetime import datetime
from typing import Final

from django.db import transaction

from grants import audit, ledger, permissions, policies, queries
from grants.errors import FieldError
from grants.models import Grant, User
from grants.policy.narrowed import Smaller, narrow_snapshot

NARROWED: Final = "grant.narrowed"


def narrow_grant(*, reference: str, by: User, snapshot_hash: str, wanted: Smaller, reason: str, now: datetime) -> Grant:
    """Replace ``snapshot_hash`` by a smaller snapshot. FieldError names hours, buckets, prefix, actions or reason."""
    if not reason.strip():
        raise FieldError("reason", "Say why, so that the requester knows what to expect.")
    permissions.check_approver(by)
    with transaction.atomic():
        grant = queries.locked_grant(reference=reference)
        permissions.check_approver_can_decide(by, grant)
        policies.check_undecided(grant)
        policies.check_snapshot_hash(grant, snapshot_hash)
        policies.check_seconds(grant.template_version, wanted.seconds)
        smaller = narrow_snapshot(policies.read_snapshot(grant), wanted)
        policies.check_takes(smaller)
        signers = [row.decider.email for row in policies.holding_approvals(grant, now).select_related("decider")]
        ledger.replace_snapshot(grant=grant, snapshot=smaller, by=by, reason=reason.strip(), now=now)
        for order in _letters(grant, by, signers, sentence=smaller.sentence, reason=reason.strip()):
            ledger.queue_mail(order=order, grant=grant, now=now)
        audit.record_event(
            kind=NARROWED,
            subject=grant.reference,
            actor=audit.actor_of(by),
            facts={
                "old_hash": snapshot_hash,
                "snapshot_hash": grant.snapshot_hash,
                "seconds": grant.seconds,
                "sentence": smaller.sentence,
                "signatures_voided": len(signers),
            },
            personal={"reason": reason.strip()},
        )
    return grant


def _letters(grant: Grant, by: User, signers: list[str], *, sentence: str, reason: str) -> list[ledger.MailOrder]:
    theirs = {grant.recipient.email, grant.requester.email}
    told = {"sentence": sentence, "reason": reason, "narrower": str(by)}
    return [ledger.grant_letter("request_narrowed", grant, to=to, **told) for to in sorted(theirs)] + [
        ledger.grant_letter("signature_voided", grant, to=to, **told) for to in sorted(set(signers) - {by.email})
    ]
