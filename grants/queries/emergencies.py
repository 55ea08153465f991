"""Approvals that one person gave alone: who hears of them, and which nobody else has looked at yet."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet

from grants import permissions
from grants.errors import NotFoundError
from grants.models import Decision, EmergencyReview, Grant, Nudge, User
from grants.models.decision import Verdict
from grants.models.notice import NudgeKind
from grants.models.person import AUDITORS, TEMPLATE_ADMINS
from grants.policy.signers import ON_CALL
from grants.queries.work import BATCH


def emergency_audience(grant: Grant, by: User) -> list[str]:
    """Everybody who answers for it: template admins, auditors, and all who would have had to sign."""
    groups = [TEMPLATE_ADMINS, AUDITORS, ON_CALL, *grant.template_version.signers]
    return list(_staff_of(groups).exclude(person=by.person).values_list("email", flat=True))


def reviewer_addresses() -> list[str]:
    """Whoever may look at one afterwards."""
    return list(_staff_of([TEMPLATE_ADMINS, AUDITORS]).values_list("email", flat=True))


def review_url(grant: Grant) -> str:
    """Where it is read and reviewed; those who may not review find out there who may."""
    return f"{settings.PUBLIC_URL}/approvals/{grant.reference}/review/"


def emergency_of(grant: Grant) -> Decision:
    """The approval that somebody gave alone for what the grant is."""
    rows = Decision.objects.select_related("decider", "review__reviewer")
    found = rows.filter(grant=grant, group=ON_CALL, verdict=Verdict.APPROVE).first()
    if found is None:
        raise NotFoundError
    return found


def review_for(by: User, reference: str) -> Grant:
    """A grant that was approved alone, whole, for whoever reviews."""
    permissions.check_reviewer(by)
    rows = Grant.objects.select_related("vendor", "recipient", "requester", "template_version__template", "issuer")
    grant = rows.filter(reference=reference, decisions__group=ON_CALL).first()
    if grant is None:
        raise NotFoundError
    return grant


def emergencies(by: User) -> "QuerySet[Decision]":
    """All of them: those that nobody has reviewed first, then the newest."""
    permissions.check_reviewer(by)
    rows = Decision.objects.filter(group=ON_CALL, verdict=Verdict.APPROVE)
    rows = rows.select_related("grant__vendor", "grant__recipient", "decider", "review__reviewer")
    return rows.order_by(F("review__reviewed_at").desc(nulls_first=True), "-decided_at")


def unreviewed_since(before: datetime) -> list[UUID]:
    """Grants that were approved alone that long ago, and nobody has looked at it."""
    rows = Decision.objects.filter(group=ON_CALL, verdict=Verdict.APPROVE, decided_at__lte=before)
    reviewed, told = EmergencyReview.objects.values("decision"), Nudge.objects.filter(kind=NudgeKind.REVIEW)
    rows = rows.exclude(pk__in=reviewed).exclude(grant__in=told.values("grant"))
    return list(rows.order_by("decided_at").values_list("grant", flat=True)[:BATCH])


def _staff_of(groups: list[str]) -> "QuerySet[User]":
    staff = User.objects.filter(groups__name__in=groups, is_active=True, is_staff=True)
    return staff.distinct().order_by("email")
