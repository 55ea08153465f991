"""An admin asks for a change of somebody's account; it takes effect when a second admin confirms."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from grants import audit, permissions, policies, queries
from grants.errors import FieldError
from grants.flows.people.change import Wanted, subject_of
from grants.flows.people.letters import tell_to_confirm
from grants.models import PersonChange, User
from grants.models.person_change import OPEN_CHANGE

CHANGE_LIFE: Final = timedelta(days=3)


def ask_change(*, wanted: Wanted, by: User, reason: str, now: datetime) -> PersonChange:
    """Write down who wants what for whom, and tell the other admins. Nothing is changed yet."""
    permissions.check_template_admin(by)
    if not reason.strip():
        raise FieldError("reason", "Say why, so that whoever confirms it knows.")
    with transaction.atomic():
        subject = subject_of(wanted)
        if subject is not None:
            permissions.check_is_somebody_else(by, subject)
        email = subject.email if subject else policies.check_new_address(wanted.email)
        open_ones = PersonChange.objects.filter(OPEN_CHANGE, email=email, kind=wanted.kind, role=wanted.role)
        open_ones.filter(expires_at__lte=now).update(refused_at=now, refused_by=by)
        if open_ones.exists():
            raise FieldError("email", "The same change already waits for a second admin.")
        change = PersonChange.objects.create(
            kind=wanted.kind,
            subject=subject,
            subject_person=subject.person if subject else None,
            email=email,
            full_name=wanted.full_name.strip(),
            role=wanted.role,
            reason=reason.strip(),
            asked_by=by,
            asked_by_person=by.person,
            asked_at=now,
            expires_at=now + CHANGE_LIFE,
        )
        for address in queries.addresses_of_other_admins(by, subject):
            tell_to_confirm(change=change, to=address, now=now)
        audit.record_event(
            kind="person.change_asked",
            subject=str(change.pk),
            actor=audit.actor_of(by),
            facts={"change": change.kind, "role": change.role, "whom": str(subject.pk) if subject else None},
            personal={"email": email, "reason": change.reason},
        )
    return change
