"""A sponsor lets somebody in who came by their vendor's domain."""

import uuid
from datetime import datetime

from django.db import transaction

from grants import audit, permissions
from grants.errors import NotFoundError, WrongStateError
from grants.flows.people.letters import tell_changed
from grants.models import User


def admit_contractor(*, user_id: uuid.UUID, by: User, now: datetime) -> User:
    """From now on they may ask. Whoever lets them in counts as who invited them, and never decides for them."""
    with transaction.atomic():
        user = User.objects.select_related("vendor").filter(pk=user_id, is_active=True).first()
        if user is None or user.vendor is None:
            raise NotFoundError
        permissions.check_may_invite(by, user.vendor)
        waiting = User.objects.filter(pk=user.pk, waiting_since__isnull=False)
        if waiting.update(waiting_since=None, invited_by=by) != 1:
            raise WrongStateError("is let in already")
        tell_changed(user=user, kind="admit", now=now, by=str(by))
        audit.record_event(
            kind="person.admitted",
            subject=str(user.pk),
            actor=audit.actor_of(by),
            facts={"vendor": user.vendor.slug},
            personal={"email": user.email},
        )
    return user
