"""Whoever is back, or cannot stand in any more, ends it before its day."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from grants import audit, ledger, queries
from grants.errors import WrongStateError
from grants.ledger import MailOrder
from grants.models import Deputy, User
from grants.models.rows import compare_and_set


def end_deputy(*, deputy_id: UUID, by: User, now: datetime) -> Deputy:
    """Both may; the other one is told. What was decided stands."""
    found = queries.deputy_for(by, deputy_id)
    with transaction.atomic():
        if not compare_and_set(Deputy, {"pk": found.pk, "ended_at": None}, {"ended_at": now, "ended_by": by.pk}):
            raise WrongStateError("ended already")
        other = found.deputy if by.person == found.absent_person else found.absent
        context = {
            "who": str(by),
            "deputy": str(found.deputy),
            "absent": str(found.absent),
            "group": found.group,
            "public_url": settings.PUBLIC_URL,
            "next_url": f"{settings.PUBLIC_URL}{reverse('grants:deputies')}",
        }
        ledger.queue_mail(order=MailOrder("deputy_ended", other.email, context), grant=None, now=now)
        audit.record_event(
            kind="deputy.ended", subject=str(found.pk), actor=audit.actor_of(by), facts={"group": found.group}
        )
    return found
