"""What an operator does from the shell: the first people, and the way out of a lockout."""

from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction

from grants import audit
from grants.errors import FieldError
from grants.flows.people.change import Wanted, make_change
from grants.flows.people.invite import save_invitation
from grants.flows.people.letters import enrolment_url
from grants.models import Invitation, User, Vendor
from grants.models.person import STAFF_ROLES
from grants.models.person_change import ChangeKind


def change_at_once(*, wanted: Wanted, reason: str, now: datetime) -> tuple[User, str]:
    """Make a change without a second person; the answer has an enrolment link where one is needed, and "" else."""
    with transaction.atomic():
        for name in STAFF_ROLES:
            Group.objects.get_or_create(name=name)
        user = make_change(
            wanted=wanted, actor=audit.OPERATOR, now=now, by="an operator", facts={}, reason=reason, is_operator=True
        )
    return user, enrolment_url(user) if wanted.kind == ChangeKind.JOIN else ""


def invite_at_once(*, email: str, full_name: str, vendor: str, inviter: str, now: datetime) -> Invitation:
    """The same as an invitation from the page, in a sponsor's name; the audit row says that an operator made it."""
    found = Vendor.objects.filter(slug=vendor).first()
    if found is None:
        raise FieldError("vendor", "There is no vendor with this short name.")
    return save_invitation(
        by=_staff(inviter), actor=audit.OPERATOR, vendor=found, email=email, full_name=full_name, now=now
    )


def _staff(email: str) -> User:
    user = User.objects.filter(email=email.strip().lower(), is_staff=True, is_active=True).first()
    if user is None:
        raise FieldError("email", f"{email} is no open staff account.")
    return user
