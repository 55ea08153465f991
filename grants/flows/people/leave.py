"""Somebody leaves: signed out everywhere, what they had asked for withdrawn, and what they hold taken back."""

from datetime import datetime
from typing import Final

from allauth.mfa.models import Authenticator
from django.db.models import Q

from grants import ledger
from grants.audit import Actor, Fact
from grants.flows.people.sign_ins import end_sessions
from grants.lifecycle import LIVE, UNDECIDED, State
from grants.models import CompanyLink, Grant, Invitation, User

REASON: Final = "The account of the person it was for was closed."
ASKER_LEFT: Final = "Whoever had asked for it on your behalf has left. Ask for it anew, or ask another sponsor."


def close_account(*, user: User, actor: Actor, now: datetime) -> dict[str, Fact]:
    """Close it in the caller's transaction; the answer is what that ended, for the audit row."""
    sessions = end_sessions(user)
    ended = _end_grants(user, actor, now)
    Invitation.objects.filter(invited_by=user, accepted_at=None, withdrawn_at=None).update(withdrawn_at=now)
    Authenticator.objects.filter(user=user).delete()
    CompanyLink.objects.filter(user=user).delete()
    user.groups.clear()
    user.sponsored_vendors.clear()
    user.set_unusable_password()
    user.is_active, user.left_at, user.waiting_since = False, now, None
    user.frozen_at = user.frozen_by = None
    user.save(update_fields=["password", "is_active", "left_at", "waiting_since", "frozen_at", "frozen_by"])
    return {"sessions_ended": sessions, **ended}


def _end_grants(user: User, actor: Actor, now: datetime) -> dict[str, Fact]:
    """Undecided ones are withdrawn; live ones that are for them are revoked, their sessions at AWS denied by name.

    What they had asked for on somebody's behalf and nobody has picked up ends as it does when they are frozen; its
    recipient is told.

    Every lock is taken before the first move: a move writes to the audit chain, whose end is the last lock of every
    other flow, so that a second grant locked after it would wait for an approver who waits for us.
    """
    asked = Q(Q(requester=user) | Q(recipient=user), state__in=sorted(UNDECIDED))
    held = Q(recipient=user, state__in=sorted(LIVE))
    held |= Q(requester=user, state__in=sorted(LIVE - {State.REVEALED}))
    locked = list(Grant.objects.select_for_update(of=("self",), no_key=True).filter(asked | held).order_by("pk"))
    withdrawn = [grant for grant in locked if grant.state in UNDECIDED]
    revoked = [grant for grant in locked if grant.state in LIVE]
    for grant in withdrawn:
        facts: dict[str, Fact] = {"because": "the person left"}
        ledger.move_grant(
            grant=grant, event="grant.withdrawn", actor=actor, now=now, facts=facts, mails=_letters(grant, user)
        )
    for grant in revoked:
        _revoke(grant, user, actor, now)
    return {
        "withdrawn": sorted(grant.reference for grant in withdrawn),
        "revoked": sorted(grant.reference for grant in revoked),
    }


def _letters(grant: Grant, user: User) -> list[ledger.MailOrder]:
    """Whom it was for, if that is not who leaves."""
    if grant.recipient_id == user.pk:
        return []
    return [ledger.grant_letter("request_ended", grant, to=grant.recipient.email, reason=ASKER_LEFT)]


def _revoke(grant: Grant, user: User, actor: Actor, now: datetime) -> None:
    reason = REASON if grant.recipient_id == user.pk else ASKER_LEFT
    if grant.state == State.ISSUING:
        ledger.note_end(grant=grant, by_id=actor.user_id or user.pk, actor=actor, reason=reason, now=now)
        return
    denied = ledger.deny_live_sessions(grant, now) if grant.state == State.REVEALED else []
    ledger.end_grant(grant=grant, actor=actor, reason=reason, now=now, denied=denied)
