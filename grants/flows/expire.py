"""The clock ends what is over and wipes what nobody may read any more."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from grants import audit, ledger, policies, queries
from grants.lifecycle import State
from grants.models import Decision, Grant, PickupLink, SealedCredential
from grants.models.decision import Verdict
from grants.models.link import LIVE_LINK

ABANDONED: Final = "grant.abandoned"
WAITING: Final = (State.APPROVED, State.AWAITING_CODE, State.FAILED)


def expire_due(*, now: datetime) -> int:
    """Lapse, expire and end every grant whose time has come, one transaction each; returns how many."""
    return sum(_end(pk, event, when, now) for event, when in _ends(now) for pk in queries.grants_due(when))


def _ends(now: datetime) -> tuple[tuple[str, Q], ...]:
    """Each event of the clock, and when it is due.

    An issued grant without a link that still opens has expired; a request whose first signature ran out before the
    last one came lapses.
    """
    signed_too_long_ago = Decision.objects.filter(
        grant=OuterRef("pk"), snapshot_hash=OuterRef("snapshot_hash"), verdict=Verdict.APPROVE, valid_until__lte=now
    )
    opens = PickupLink.objects.filter(LIVE_LINK, grant=OuterRef("pk"), expires_at__gt=now)
    waited = PickupLink.objects.filter(LIVE_LINK, grant=OuterRef("pk"), claimed_at__lte=now - policies.CLAIM_LIFE)
    return (
        ("grant.lapsed", Q(state=State.REQUESTED, requested_at__lt=now - policies.REQUEST_LIFE)),
        ("grant.lapsed", Q(state=State.REQUESTED, starts_at__lt=now - policies.START_GRACE)),
        ("grant.lapsed", Q(Exists(signed_too_long_ago), state=State.REQUESTED)),
        ("grant.lapsed", Q(state__in=WAITING, approval_until__lt=now)),
        ("grant.expired", Q(~Exists(opens), state__in=(State.OFFERED, State.ISSUED))),
        (ABANDONED, Q(Exists(waited), state=State.ISSUED)),
        ("grant.ended", Q(state=State.REVEALED, ends_at__lte=now)),
    )


def _end(pk: UUID, event: str, when: Q, now: datetime) -> int:
    """Asked again under the lock: somebody may have decided, revealed or revoked since the grant was listed."""
    with transaction.atomic():
        grant = queries.locked_grant(when, pk=pk, skip_locked=True)
        if grant is None:
            return 0
        if event == ABANDONED:
            _put_back(grant, now)
            return 1
        PickupLink.objects.filter(LIVE_LINK, grant=grant).update(closed_at=now)
        wiped = SealedCredential.objects.filter(grant=grant, wiped_at=None).update(ciphertext=None, wiped_at=now)
        ledger.move_grant(
            grant=grant,
            event=event,
            actor=audit.CLOCK,
            now=now,
            facts={"wiped": bool(wiped)},
            mails=_letters(grant, event),
        )
    return 1


def _put_back(grant: Grant, now: datetime) -> None:
    """Credentials were made for somebody who then went away: they are wiped and denied, and the link offers others."""
    PickupLink.objects.filter(LIVE_LINK, grant=grant).update(claimed_at=None)
    wiped = SealedCredential.objects.filter(grant=grant, wiped_at=None).update(ciphertext=None, wiped_at=now)
    ledger.move_grant(
        grant=grant,
        event=ABANDONED,
        actor=audit.CLOCK,
        now=now,
        facts={"wiped": bool(wiped), "denied": ledger.deny_live_sessions(grant, now)},
    )


def _letters(grant: Grant, event: str) -> list[ledger.MailOrder]:
    mails = {"grant.lapsed": "grant_lapsed", "grant.expired": "grant_expired", "grant.ended": "grant_ended"}
    return [ledger.grant_letter(mails[event], grant, to=grant.recipient.email)]
