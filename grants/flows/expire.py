"""The clock ends what is over and wipes what nobody may read any more."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from grants import audit, ledger, policies, queries
from grants.errors import WrongStateError
from grants.lifecycle import State
from grants.models import Grant, PickupLink, SealedCredential
from grants.models.link import LIVE_LINK


def expire_due(*, now: datetime) -> int:
    """Lapse, expire and end every grant whose time has come, one transaction each; returns how many."""
    ends: tuple[tuple[State, str, Callable[[datetime], object]], ...] = (
        (State.REQUESTED, "grant.lapsed", lambda at: {"requested_at__lt": at - policies.REQUEST_LIFE}),
        (State.APPROVED, "grant.lapsed", lambda at: {"approval_until__lt": at}),
        (State.FAILED, "grant.lapsed", lambda at: {"approval_until__lt": at}),
        (State.ISSUED, "grant.expired", lambda at: {"links__expires_at__lte": at, "links__closed_at": None}),
        (State.REVEALED, "grant.ended", lambda at: {"ends_at__lte": at}),
    )
    done = 0
    for state, event, when in ends:
        for pk in queries.grants_due(state=state, **when(now)):  # type: ignore[arg-type]
            done += _end(pk, event, now)
    return done


def _end(pk: object, event: str, now: datetime) -> int:
    with transaction.atomic():
        grant = queries.locked_grant(pk=pk, skip_locked=True)
        if grant is None:
            return 0
        PickupLink.objects.filter(LIVE_LINK, grant=grant).update(closed_at=now)
        wiped = SealedCredential.objects.filter(grant=grant, wiped_at=None).update(ciphertext=None, wiped_at=now)
        try:
            with transaction.atomic():
                ledger.move_grant(
                    grant=grant,
                    event=event,
                    actor=audit.CLOCK,
                    now=now,
                    facts={"wiped": bool(wiped)},
                    mails=_letters(grant, event),
                )
        except WrongStateError:
            return 0
    return 1


def _letters(grant: Grant, event: str) -> list[ledger.MailOrder]:
    if event != "grant.expired":
        return []
    return [ledger.grant_letter("grant_expired", grant, to=grant.recipient.email)]
