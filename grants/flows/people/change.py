"""What each kind of change does to an account, in the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db.models import Q

from grants import audit, policies
from grants.audit import Actor, Fact
from grants.errors import FieldError
from grants.flows.people.leave import close_account
from grants.flows.people.letters import tell_changed, tell_joined
from grants.flows.people.sign_ins import end_sessions
from grants.models import CompanyLink, User
from grants.models.person import TEMPLATE_ADMINS
from grants.models.person_change import ChangeKind

EVENTS = {
    ChangeKind.JOIN: "person.joined",
    ChangeKind.GIVE: "person.role_given",
    ChangeKind.TAKE: "person.role_taken",
    ChangeKind.LEAVE: "person.left",
    ChangeKind.RESET: "person.mfa_reset",
    ChangeKind.THAW: "person.thawed",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change in full. JOIN has no account yet, so it names an address; GIVE and TAKE name a role."""

    kind: ChangeKind
    email: str
    full_name: str = ""
    role: str = ""


def subject_of(wanted: Wanted) -> User | None:
    """The account it is about, or None for JOIN; FieldError when it is not possible as things are."""
    if wanted.kind == ChangeKind.JOIN:
        policies.check_new_address(wanted.email)
        _check_role(wanted.role)
        return None
    user = _account(wanted)
    if wanted.kind == ChangeKind.GIVE:
        _check_role(wanted.role)
    if wanted.kind in {ChangeKind.GIVE, ChangeKind.TAKE} and (wanted.role in user.roles) == (
        wanted.kind == ChangeKind.GIVE
    ):
        has = "already has" if wanted.kind == ChangeKind.GIVE else "does not have"
        raise FieldError("role", f"This person {has} that role.")
    return user


def _account(wanted: Wanted) -> User:
    """Thawing is for everybody who is frozen; all else for staff, and leaving for those who are frozen too."""
    named = User.objects.filter(email=wanted.email.strip().lower(), left_at=None)
    if wanted.kind == ChangeKind.THAW:
        user, lacks = named.exclude(frozen_at=None).first(), "Nobody with this address is frozen."
    else:
        is_open = Q(is_active=True)
        if wanted.kind == ChangeKind.LEAVE:
            is_open |= Q(frozen_at__isnull=False)
        user, lacks = named.filter(is_open, is_staff=True).first(), "There is no open staff account with this address."
    if user is None:
        raise FieldError("email", lacks)
    return user


def make_change(
    *,
    wanted: Wanted,
    actor: Actor,
    now: datetime,
    by: str,
    facts: Mapping[str, Fact],
    reason: str = "",
    is_operator: bool = False,
) -> User:
    """Do it, tell the person, write the audit row; ``reason`` is what an operator typed, which may name anybody."""
    user = subject_of(wanted)
    if not is_operator and user is not None and _loses_admin(wanted):
        policies.check_admins_left(user)
    if user is None:
        user = _join(wanted)
    more = _apply(wanted, user, actor, now)
    if wanted.kind == ChangeKind.JOIN:
        tell_joined(user=user, now=now, by=by)
    else:
        tell_changed(user=user, kind=wanted.kind.value, now=now, role=wanted.role, by=by)
    audit.record_event(
        kind=EVENTS[wanted.kind],
        subject=str(user.pk),
        actor=actor,
        facts={"role": wanted.role, **facts, **more},
        personal={"email": user.email, **({"reason": reason} if reason else {})},
    )
    return user


def _join(wanted: Wanted) -> User:
    """The account, and its one address for allauth: verified, because two admins or an operator answer for it."""
    user = User.objects.create_user(wanted.email, full_name=wanted.full_name.strip(), is_staff=True)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _apply(wanted: Wanted, user: User, actor: Actor, now: datetime) -> dict[str, Fact]:
    match wanted.kind:
        case ChangeKind.LEAVE:
            return close_account(user=user, actor=actor, now=now)
        case ChangeKind.RESET:
            Authenticator.objects.filter(user=user).delete()
            CompanyLink.objects.filter(user=user).delete()
            return {"sessions_ended": end_sessions(user)}
        case ChangeKind.THAW:
            thawed = User.objects.filter(person=user.person, left_at=None).exclude(frozen_at=None)
            return {"accounts": thawed.update(is_active=True, frozen_at=None, frozen_by=None)}
        case ChangeKind.TAKE:
            user.groups.remove(*Group.objects.filter(name=wanted.role))
        case _ if wanted.role:
            user.groups.add(Group.objects.get(name=wanted.role))
    return {}


def _loses_admin(wanted: Wanted) -> bool:
    return wanted.kind == ChangeKind.LEAVE or (wanted.kind == ChangeKind.TAKE and wanted.role == TEMPLATE_ADMINS)


def _check_role(role: str) -> None:
    if role and not Group.objects.filter(name=role).exists():
        raise FieldError("role", "Choose one of the roles.")
