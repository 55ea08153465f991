"""A contractor no longer works for the vendor, or was never meant to get in: one sponsor closes the account at once."""

import uuid
from datetime import datetime

from django.db import transaction

from grants import audit, permissions
from grants.errors import FieldError, NotFoundError
from grants.flows.people.leave import close_account
from grants.flows.people.letters import tell_changed
from grants.models import User


def dismiss_contractor(*, user_id: uuid.UUID, by: User, reason: str, now: datetime) -> User:
    """Close a contractor's account. Taking away is always safe, so it needs no second person."""
    if not reason.strip():
        raise FieldError("reason", "Say why, so that the auditors know.")
    with transaction.atomic():
        user = (
            User.objects.select_for_update(of=("self",), no_key=True)
            .select_related("vendor")
            .filter(pk=user_id)
            .first()
        )
        if user is None or user.vendor is None or not (user.is_active or user.frozen_at):
            raise NotFoundError
        permissions.check_may_invite(by, user.vendor)
        ended = close_account(user=user, actor=audit.actor_of(by), now=now)
        tell_changed(user=user, kind="leave", now=now, by=str(by))
        audit.record_event(
            kind="person.left",
            subject=str(user.pk),
            actor=audit.actor_of(by),
            facts={"vendor": user.vendor.slug, **ended},
            personal={"email": user.email, "reason": reason.strip()},
        )
    return user
