"""An approver takes back what was approved in advance."""

from datetime import datetime

from django.db import transaction

from grants import audit, ledger, permissions, queries
from grants.errors import FieldError, WindowMovedError
from grants.flows.windows.letters import tell_closed
from grants.lifecycle import LIVE, State
from grants.models import Grant, User, Window


def close_window(*, reference: str, by: User, reason: str, now: datetime) -> Window:
    """Nothing more is given under it, and what was and is not picked up ends; what was picked up goes on to its end.

    Taking away is always safe: whoever may sign for the template may do it, whom the window is for included.
    """
    if not (why := reason.strip()):
        raise FieldError("reason", "Say why, so that the people concerned and the auditors know.")
    with transaction.atomic():
        window = queries.locked_window(reference)
        permissions.check_may_close_window(by, window)
        if window.closed_at:
            raise WindowMovedError("closed already")
        voided = _void_unrevealed(window, by, why, now)
        tell_closed(window=window, by=by, reason=why, now=now)
        ledger.close_window(window=window, by=by, reason=why, now=now, facts={"voided": voided})
    return window


def _void_unrevealed(window: Window, by: User, reason: str, now: datetime) -> list[str]:
    """Every lock before the first move: a move takes the end of the audit chain, the last lock of every other flow."""
    rows = Grant.objects.select_for_update(of=("self",), no_key=True).filter(window=window)
    locked = list(rows.filter(state__in=sorted(LIVE - {State.REVEALED})).order_by("pk"))
    for grant in locked:
        ledger.void_grant(grant=grant, by_id=by.pk, actor=audit.actor_of(by), reason=reason, now=now)
    return sorted(grant.reference for grant in locked)
