"""Somebody leaves: signed out everywhere, what they had asked for and nobody decided is withdrawn, the rest stays."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import Q

from grants import ledger, queries
from grants.audit import Actor, Fact
from grants.flows.people.sign_ins import end_sessions
from grants.lifecycle import State
from grants.models import Grant, Invitation, User


def close_account(*, user: User, actor: Actor, now: datetime) -> dict[str, Fact]:
    """Close it in the caller's transaction; the answer is what that ended, for the audit row."""
    sessions = end_sessions(user)
    withdrawn = _withdraw_undecided(user, actor, now)
    Invitation.objects.filter(invited_by=user, accepted_at=None, withdrawn_at=None).update(withdrawn_at=now)
    Authenticator.objects.filter(user=user).delete()
    user.groups.clear()
    user.sponsored_vendors.clear()
    user.set_unusable_password()
    user.is_active, user.left_at, user.waiting_since = False, now, None
    user.save(update_fields=["password", "is_active", "left_at", "waiting_since"])
    return {"sessions_ended": sessions, "withdrawn": withdrawn}


def _withdraw_undecided(user: User, actor: Actor, now: datetime) -> list[str]:
    theirs = Q(requester=user) | Q(recipient=user)
    references = list(Grant.objects.filter(theirs, state=State.REQUESTED).values_list("reference", flat=True))
    for reference in references:
        grant = queries.locked_grant(reference=reference)
        if grant.state == State.REQUESTED:
            ledger.move_grant(
                grant=grant, event="grant.withdrawn", actor=actor, now=now, facts={"because": "the person left"}
            )
    return references
