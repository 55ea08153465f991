"""What is due, and the lock under which it is done."""

from datetime import datetime
from typing import Any, Final, Literal, overload
from uuid import UUID

from django.db import connection
from django.db.models import Q

from grants.errors import NotFoundError
from grants.lifecycle import State
from grants.models import Denial, Grant, WideDenial
from grants.models.outbox import MailState
from grants.policies import DENY_MARGIN
from grants.queries.installation import is_fenced
from grants.queries.issuers import closed_to_all

BATCH: Final = 500
# Asked after every mail, so it is put together once (models/rows.py).
DUE_MAILS: Final = "SELECT id FROM grants_outboxmail WHERE state = %s AND due_at <= %s ORDER BY due_at LIMIT %s"


@overload
def locked_grant(*conditions: Q, skip_locked: Literal[False] = False, **by: Any) -> Grant: ...
@overload
def locked_grant(*conditions: Q, skip_locked: Literal[True], **by: Any) -> Grant | None: ...
def locked_grant(*conditions: Q, skip_locked: bool = False, **by: Any) -> Grant | None:
    """The grant under its row lock, which every change of it takes first; ``by`` is ``pk=`` or ``reference=``.

    With ``skip_locked`` None means that somebody else is at it; without, an unknown one raises NotFoundError. It comes
    alone: planning a join of six tables takes longer than reading the two or three rows that a caller then needs.
    """
    rows = Grant.objects.select_for_update(of=("self",), skip_locked=skip_locked, no_key=True)
    grant = next(iter(rows.filter(*conditions, **by).order_by()[:1]), None)
    if grant is None and not skip_locked:
        raise NotFoundError
    return grant


def grants_due(when: Q) -> list[UUID]:
    """Ids of grants for which ``when`` holds, oldest first."""
    return list(Grant.objects.filter(when).order_by("state_at").values_list("pk", flat=True)[:BATCH])


def due_grants(now: datetime, limit: int = BATCH) -> list[UUID]:
    """Approved grants to try now, oldest first; those of an issuer in trouble wait for its next probe."""
    if is_fenced():
        return []
    rows = Grant.objects.filter(state=State.APPROVED, due_at__lte=now).order_by("due_at")
    rows = rows.exclude(issuer__in=closed_to_all(now).values("issuer"))
    return list(rows.values_list("pk", flat=True)[:limit])


def due_mails(now: datetime, limit: int = BATCH) -> list[UUID]:
    """Mails that the mail worker should try now, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(DUE_MAILS, [MailState.QUEUED.value, now, limit])
        return [pk for (pk,) in cursor]


def due_issuers(now: datetime) -> list[UUID]:
    """Issuers with a Deny to write, or one whose session is long over to lift."""
    due = Q(confirmed_at=None, due_at__lte=now) | Q(session_ends_at__lt=now - DENY_MARGIN)
    found = [
        model.objects.filter(due, lifted_at=None).values_list("issuer_id", flat=True).distinct()
        for model in (Denial, WideDenial)
    ]
    return sorted({issuer for issuers in found for issuer in issuers})
