"""Staff and the changes of their accounts, in words."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from grants import permissions
from grants.models import Grant, PersonChange, User
from grants.models.person_change import ChangeKind
from grants.presenters.rows import ActiveRow, active_row


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A member of staff."""

    id: uuid.UUID
    name: str
    email: str
    roles: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change that waits, or what became of it. ``sentence`` is the portal's; ``reason`` was typed."""

    id: uuid.UUID
    sentence: str
    effect: str
    reason: str
    who: str
    asked_at: datetime
    outcome: str
    can_confirm: bool
    can_refuse: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A live grant of a frozen person, and why it is theirs."""

    grant: ActiveRow
    why: str


EFFECTS = {
    ChangeKind.JOIN: "They get a mail with a link, set a password, then an authenticator app or a passkey.",
    ChangeKind.GIVE: "It works at once.",
    ChangeKind.TAKE: "It works at once. What they decided before stays.",
    ChangeKind.LEAVE: (
        "They are signed out everywhere, their undecided requests are withdrawn, and their roles are gone. "
        "What they approved stays."
    ),
    ChangeKind.RESET: "They are signed out everywhere and set up a new second factor after the next password.",
    ChangeKind.THAW: "They can sign in again and do what their roles allow. What was ended stays ended.",
}


def held_row(grant: Grant, user: User, now: datetime) -> HeldRow:
    """A live grant, and what ``user`` has to do with it."""
    why = "holds it" if grant.recipient_person == user.person else "approved it"
    if grant.requester_person == user.person != grant.recipient_person:
        why = "asked for it"
    return HeldRow(grant=active_row(grant, now), why=why)


def staff_row(user: User) -> StaffRow:
    """With the roles in one line."""
    roles = ", ".join(sorted(group.name for group in user.groups.all()))
    return StaffRow(id=user.pk, name=user.full_name, email=user.email, roles=roles or "no role")


def change_view(change: PersonChange, by: User, now: datetime) -> ChangeView:
    """A change as ``by`` may settle it."""
    kind, is_open = ChangeKind(change.kind), _is_open(change, now)
    return ChangeView(
        id=change.pk,
        sentence=_sentence(kind, change),
        effect=EFFECTS[kind],
        reason=change.reason,
        who=str(change.asked_by),
        asked_at=change.asked_at,
        outcome=_outcome(change, now),
        can_confirm=is_open and permissions.allowed(permissions.check_may_confirm, by, change),
        can_refuse=is_open,
        is_own=change.asked_by_person == by.person,
    )


def _sentence(kind: ChangeKind, change: PersonChange) -> str:
    match kind:
        case ChangeKind.JOIN:
            with_role = f" with the role “{change.role}”" if change.role else ""
            return f"Make a staff account for {change.full_name}, {change.email}{with_role}"
        case ChangeKind.GIVE:
            return f"Give {change.email} the role “{change.role}”"
        case ChangeKind.TAKE:
            return f"Take the role “{change.role}” from {change.email}"
        case ChangeKind.LEAVE:
            return f"Close the account of {change.email}"
        case ChangeKind.RESET:
            return f"Reset the second factor of {change.email}"
        case ChangeKind.THAW:
            return f"Let {change.email} back in"


def _is_open(change: PersonChange, now: datetime) -> bool:
    return change.confirmed_at is None and change.refused_at is None and change.expires_at > now


def _outcome(change: PersonChange, now: datetime) -> str:
    if change.confirmed_at is not None:
        return f"Confirmed by {change.confirmed_by}"
    if change.refused_at is not None:
        return f"Refused by {change.refused_by}"
    return "Waiting for a second admin" if change.expires_at > now else "Too old: nobody confirmed it in time"
