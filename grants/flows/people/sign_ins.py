"""An account's sessions: noted when they begin, ended when they must."""

from datetime import datetime, timedelta
from typing import Final

from django.contrib.sessions.models import Session
from django.db import transaction

from grants import audit
from grants.models import SignIn, User
from grants.values import Origin

KEEP_ENDED: Final = timedelta(hours=12)
CLEAR_AT_MOST: Final = 200


def note_sign_in(*, by: User, session_row: str, origin: Origin, now: datetime) -> None:
    """Remember which session belongs to whom; forget those whose session is over."""
    with transaction.atomic():
        _clear_long_over(now)
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


def _clear_long_over(now: datetime) -> None:
    """The oldest sessions that ended long ago; a sign-in takes a bounded share of them, and waits for nobody else's.

    Not at once: for as long as the row is there, a form that was sent too late is kept.
    """
    over = Session.objects.select_for_update(skip_locked=True).filter(expire_date__lt=now - KEEP_ENDED)
    rows = list(over.order_by("expire_date").values_list("session_key", flat=True)[:CLEAR_AT_MOST])
    Session.objects.filter(session_key__in=rows).delete()
