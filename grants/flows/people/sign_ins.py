"""An account's sessions: noted when they begin, ended when they must."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction

from grants import audit
from grants.models import SignIn, User
from grants.values import Origin


def note_sign_in(*, by: User, session_row: str, origin: Origin, now: datetime) -> None:
    """Remember which session belongs to whom; forget those whose session is over."""
    with transaction.atomic():
        live = Session.objects.filter(expire_date__gt=now).values("session_key")
        SignIn.objects.filter(user=by).exclude(session_row__in=live).exclude(session_row=session_row).delete()
        SignIn.objects.update_or_create(
            session_row=session_row, defaults={"user": by, "began_at": now, "ip": origin.ip, "agent": origin.agent}
        )
        audit.record_event(
            kind="person.signed_in",
            subject=str(by.pk),
            actor=audit.actor_of(by),
            personal={"ip": origin.ip or "", "agent": origin.agent},
        )


def end_other_sessions(*, by: User, session_row: str, now: datetime) -> int:
    """End every session of this account but the one of ``session_row``; the answer is how many there were."""
    del now
    with transaction.atomic():
        ended = end_sessions(by, keep=session_row)
        audit.record_event(
            kind="person.sessions_ended", subject=str(by.pk), actor=audit.actor_of(by), facts={"ended": ended}
        )
    return ended


def end_sessions(user: User, *, keep: str = "") -> int:
    """Delete the sessions of an account, all but ``keep``, in the caller's transaction."""
    rows = SignIn.objects.filter(user=user).exclude(session_row=keep)
    ended, _ = Session.objects.filter(session_key__in=list(rows.values_list("session_row", flat=True))).delete()
    rows.delete()
    return ended
