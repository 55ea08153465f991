"""An approver names who stands in for them in one group, until a day."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from grants import audit, ledger, permissions, queries
from grants.errors import FieldError
from grants.ledger import MailOrder
from grants.models import Deputy, User
from grants.models.deputy import NOT_ENDED

LONGEST: Final = timedelta(days=90)


def name_deputy(*, by: User, deputy_id: UUID, group: str, ends_at: datetime, now: datetime) -> Deputy:
    """From now on; whoever was named for this group before is no longer. FieldError names deputy or until."""
    permissions.check_approver(by)
    deputy = _member(by, deputy_id, group)
    if not now < ends_at <= now + LONGEST:
        raise FieldError("until", f"Choose a day from today on, within {LONGEST.days} days.")
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)  # two forms of one person wait for each other
        Deputy.objects.filter(NOT_ENDED, absent_person=by.person, group=group).update(ended_at=now, ended_by=by)
        named = Deputy.objects.create(
            absent=by,
            absent_person=by.person,
            deputy=deputy,
            deputy_person=deputy.person,
            group=group,
            named_at=now,
            ends_at=ends_at,
        )
        context = {
            "who": str(by),
            "group": group,
            "ends_at": ends_at.isoformat(),
            "public_url": settings.PUBLIC_URL,
            "next_url": f"{settings.PUBLIC_URL}{reverse('grants:deputies')}",
        }
        ledger.queue_mail(order=MailOrder("deputy_named", deputy.email, context), grant=None, now=now)
        audit.record_event(
            kind="deputy.named",
            subject=str(named.pk),
            actor=audit.actor_of(by),
            facts={"group": group, "ends_at": ends_at.isoformat(), "deputy": str(deputy.pk)},
            personal={"deputy_email": deputy.email},
        )
    return named


def _member(by: User, deputy_id: UUID, group: str) -> User:
    """Somebody who signs for the group already: naming them gives nobody a right."""
    for found, groups in queries.possible_deputies(by):
        if found.pk == deputy_id and group in groups:
            return found
    raise FieldError("deputy", "Choose somebody of your own group in the list.")
