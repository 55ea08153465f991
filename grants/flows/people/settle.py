"""A second admin confirms a change, or refuses it; the first one may take it back."""

import uuid
from datetime import datetime

from django.db import transaction

from grants import audit, permissions
from grants.errors import NotFoundError, WrongStateError
from grants.flows.people.change import Wanted, make_change
from grants.models import PersonChange, User
from grants.models.person_change import OPEN_CHANGE, ChangeKind


def confirm_change(*, change_id: uuid.UUID, by: User, now: datetime) -> User:
    """Make the change. Refused for whoever asked for it, and for whom it is about."""
    permissions.check_template_admin(by)
    with transaction.atomic():
        change = _locked(change_id)
        permissions.check_may_confirm(by, change)
        permissions.check_still_here(change.asked_by)
        settled = PersonChange.objects.filter(OPEN_CHANGE, pk=change.pk, expires_at__gt=now).update(
            confirmed_by=by, confirmed_by_person=by.person, confirmed_at=now
        )
        if settled != 1:
            raise WrongStateError("settled or too old")
        wanted = Wanted(kind=ChangeKind(change.kind), email=change.email, full_name=change.full_name, role=change.role)
        facts: dict[str, audit.Fact] = {"asked_by": str(change.asked_by_id), "change": str(change.pk)}
        return make_change(
            wanted=wanted, actor=audit.actor_of(by), now=now, by=f"{change.asked_by} and {by}", facts=facts
        )


def refuse_change(*, change_id: uuid.UUID, by: User, now: datetime) -> PersonChange:
    """Say no, or take one's own back; nothing was changed and nothing will be."""
    permissions.check_template_admin(by)
    with transaction.atomic():
        change = _locked(change_id)
        if PersonChange.objects.filter(OPEN_CHANGE, pk=change.pk).update(refused_by=by, refused_at=now) != 1:
            raise WrongStateError("settled already")
        audit.record_event(
            kind="person.change_refused",
            subject=str(change.pk),
            actor=audit.actor_of(by),
            facts={"change": change.kind, "role": change.role},
            personal={"email": change.email},
        )
    return change


def _locked(change_id: uuid.UUID) -> PersonChange:
    change = PersonChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise NotFoundError
    return change
