"""Somebody else looks at an approval that one person gave alone."""

from datetime import datetime

from django.db import transaction

from grants import audit, ledger, permissions, queries
from grants.models import EmergencyReview, User
from grants.models.emergency import Judgement
from grants.policy.said import check_said


def review_emergency(*, reference: str, by: User, judgement: Judgement, note: str, now: datetime) -> EmergencyReview:
    """Another person's word on it, once; it changes no grant, and revoking is one page further."""
    said = note.strip()
    check_said(said, "note", "Say what you looked at, and what follows from it.")
    permissions.check_reviewer(by)
    with transaction.atomic():
        grant = queries.locked_grant(reference=reference)
        decision = queries.emergency_of(grant)
        permissions.check_reviews(by, decision)
        review = EmergencyReview.objects.create(
            decision=decision,
            decider_person=decision.decider_person,
            reviewer=by,
            reviewer_person=by.person,
            judgement=judgement,
            note=said,
            reviewed_at=now,
        )
        told = {"judgement": judgement.label, "note": said, "reviewer": str(by), "next_url": queries.review_url(grant)}
        for to in sorted({decision.decider.email, *queries.reviewer_addresses()} - {by.email}):
            ledger.queue_mail(
                order=ledger.grant_letter("emergency_reviewed", grant, to=to, **told), grant=grant, now=now
            )
        audit.record_event(
            kind="grant.reviewed",
            subject=grant.reference,
            actor=audit.actor_of(by),
            facts={"judgement": judgement.value},
            personal={"note": said},
        )
    return review
