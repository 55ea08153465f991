"""Somebody is stopped at once, on one person's word; two admins let them back in."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from grants import audit, ledger, permissions, queries
from grants.audit import Fact
from grants.errors import FieldError, NotFoundError, WrongStateError
from grants.flows.people.letters import tell_changed, tell_frozen
from grants.flows.people.sign_ins import end_sessions
from grants.flows.people.wishes import take_back_wishes
from grants.lifecycle import LIVE, UNDECIDED, State
from grants.models import Grant, User, Window, WindowSignature
from grants.models.window import NOT_CLOSED

# Not the typed reason: a mail to a stolen mailbox must not tell the thief what was noticed.
WINDOW_REASON: Final = "Somebody who had signed it was stopped."
REASON: Final = "The account of somebody who asked for it, or whom it was for, was stopped."


def freeze_person(*, user_id: uuid.UUID, by: User, reason: str, now: datetime) -> User:
    """Every account of this human is signed out and can do nothing; what is not picked up ends.

    What they signed, or had asked a second admin for, is void for good. What they hold at AWS goes on until
    ``revoke_held``: the answer's page lists it.
    """
    permissions.check_may_freeze(by)
    why = _reason(reason)
    with transaction.atomic():
        user = queries.person_to_freeze(by, user_id)
        wishes = take_back_wishes(user=user, by=by, now=now)
        mine = User.objects.filter(person=user.person, is_active=True)
        accounts = list(mine.select_for_update(no_key=True).order_by("pk"))
        if not accounts:
            raise WrongStateError("frozen already")
        closing, ending = _windows_of(user), _unrevealed_of(user)  # every lock before the first audit row
        windows = _close_windows(closing, by, now)
        voided = _void_unrevealed(ending, by, now)
        sessions = sum(end_sessions(account) for account in accounts)
        signed = [grant.reference for grant in queries.undecided_signed_by(user)]
        mine.update(is_active=False, frozen_at=now, frozen_by=by)
        _tell(accounts, by=by, reason=why, voided=len(voided), now=now)
        facts: dict[str, Fact] = {
            "accounts": len(accounts),
            "sessions_ended": sessions,
            "voided": voided,
            "unsigned": signed,
            "wishes_taken_back": wishes,
            "windows_closed": windows,
        }
        audit.record_event(
            kind="person.frozen",
            subject=str(user.pk),
            actor=audit.actor_of(by),
            facts=facts,
            personal={"email": user.email, "reason": why},
        )
    user.refresh_from_db()
    return user


def revoke_held(*, user_id: uuid.UUID, references: Collection[str], by: User, reason: str, now: datetime) -> int:
    """Take away live grants that a frozen person holds, asked for or approved; the answer is how many there were."""
    permissions.check_may_freeze(by)
    why = _reason(reason)
    with transaction.atomic():
        user = queries.person_to_freeze(by, user_id)
        if user.frozen_at is None:
            raise WrongStateError("not frozen")
        theirs = queries.held_by(user).filter(reference__in=references).values("pk")
        locked = _locked(Q(pk__in=theirs, state__in=sorted(LIVE)))
        if not locked:
            raise NotFoundError
        for grant in locked:
            _revoke(grant, by, why, now)
    return len(locked)


def _reason(typed: str) -> str:
    if not (why := typed.strip()):
        raise FieldError("reason", "Say why, so that the template admins and the auditors know.")
    return why


def _locked(which: Q) -> list[Grant]:
    """Every lock before the first move: a move takes the end of the audit chain, the last lock of every other flow."""
    rows = Grant.objects.select_for_update(of=("self",), no_key=True).filter(which)
    return list(rows.order_by("pk"))


def _windows_of(user: User) -> list[Window]:
    signed = WindowSignature.objects.filter(signer_person=user.person).values("window")
    rows = Window.objects.select_for_update(of=("self",), no_key=True).filter(NOT_CLOSED, pk__in=signed)
    return list(rows.order_by("pk"))


def _unrevealed_of(user: User) -> list[Grant]:
    theirs = Q(requester_person=user.person) | Q(recipient_person=user.person)
    return _locked(theirs & Q(state__in=sorted((UNDECIDED | LIVE) - {State.REVEALED})))


def _close_windows(windows: list[Window], by: User, now: datetime) -> list[str]:
    """What they approved in advance is for good nobody's word: letting them back in does not bring it back."""
    for window in windows:
        ledger.close_window(window=window, by=by, reason=WINDOW_REASON, now=now)
    return [window.reference for window in windows]


def _void_unrevealed(locked: list[Grant], by: User, now: datetime) -> list[str]:
    for grant in locked:
        ledger.void_grant(grant=grant, by_id=by.pk, actor=audit.actor_of(by), reason=REASON, now=now)
    return sorted(grant.reference for grant in locked)


def _revoke(grant: Grant, by: User, reason: str, now: datetime) -> None:
    actor = audit.actor_of(by)
    if grant.state == State.REVEALED:
        denied = ledger.deny_live_sessions(grant, now)
        ledger.end_grant(grant=grant, actor=actor, reason=reason, now=now, denied=denied)
    else:
        ledger.void_grant(grant=grant, by_id=by.pk, actor=actor, reason=reason, now=now)


def _tell(accounts: list[User], *, by: User, reason: str, voided: int, now: datetime) -> None:
    """The person, without the reason; and every template admin, because freezing all of them would be an attack."""
    for account in accounts:
        tell_changed(user=account, kind="freeze", now=now, by=str(by))
    live = queries.held_by(accounts[0]).count()
    for address in queries.template_admin_addresses():
        tell_frozen(user=accounts[0], to=address, by=str(by), reason=reason, voided=voided, live=live, now=now)
