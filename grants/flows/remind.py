"""Requests that wait remind, then escalate; and whoever was asked hears that somebody else has decided. Each once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from grants import audit, ledger, policies, queries
from grants.errors import GrantError
from grants.lifecycle import UNDECIDED
from grants.models import Grant, Nudge
from grants.models.notice import NudgeKind

# The last first: after a stand-still one mail is enough, and it is the most urgent one.
AFTER: Final = (
    (NudgeKind.ESCALATED, timedelta(hours=24)),
    (NudgeKind.SECOND, timedelta(hours=24)),
    (NudgeKind.FIRST, timedelta(hours=4)),
)
LATELY: Final = timedelta(days=1)
REVIEW_AFTER: Final = timedelta(days=1)


def remind_due(*, now: datetime) -> int:
    """Do what is due, one transaction each, and note it in the same one: two beats tell nobody twice."""
    done = 0
    for kind, age in AFTER:
        for pk in queries.undecided_since(now - age, kind):
            done += _nudge(pk, kind, Q(state__in=sorted(UNDECIDED)), now)
    for pk in queries.decided_since(now - LATELY):
        done += _nudge(pk, NudgeKind.DECIDED, ~Q(state__in=sorted(UNDECIDED)), now)
    for pk in queries.unreviewed_since(now - REVIEW_AFTER):
        done += _nudge(pk, NudgeKind.REVIEW, Q(), now)
    return done


def _nudge(pk: UUID, kind: NudgeKind, when: Q, now: datetime) -> int:
    """Under the grant's lock, asked again: somebody may have decided, or another beat been here."""
    with transaction.atomic():
        grant = queries.locked_grant(when, pk=pk, skip_locked=True)
        if grant is None or Nudge.objects.filter(grant=grant, kind=kind).exists():
            return 0
        letters = _letters(grant, kind)
        Nudge.objects.create(grant=grant, kind=kind, at=now)
        if kind == NudgeKind.SECOND:
            Nudge.objects.get_or_create(grant=grant, kind=NudgeKind.FIRST, defaults={"at": now})
        sent = sum(ledger.queue_mail(order=letter, grant=grant, now=now) is not None for letter in letters)
        audit.record_event(
            kind="grant.nudged",
            subject=grant.reference,
            actor=audit.CLOCK,
            facts={"kind": kind.value, "mails": sent},
        )
    return 1


def _letters(grant: Grant, kind: NudgeKind) -> Sequence[ledger.MailOrder]:
    if kind == NudgeKind.REVIEW:
        emergency = queries.emergency_of(grant)
        told = {"sentence": _sentence(grant), "decider": str(emergency.decider), "reason": emergency.reason}
        way = queries.review_url(grant)
        to = sorted(set(queries.reviewer_addresses()) - {emergency.decider.email})
        return [ledger.grant_letter("review_due", grant, to=address, **told, next_url=way) for address in to]
    if kind == NudgeKind.DECIDED:
        decision = grant.decisions.order_by("decided_at").last()
        facts = {"decider": decision.by_whom if decision else "", "verdict": _verdict(grant)}
        to = queries.asked_but_not_decided(grant)
        return [ledger.grant_letter("decided_by_other", grant, to=address, **facts) for address in to]
    asked = queries.undecided_approvers(grant)
    facts = {"sentence": _sentence(grant), "asked_at": grant.requested_at.isoformat()}
    if kind == NudgeKind.ESCALATED:
        facts |= {"approvers": ", ".join(asked) or "nobody"}
        to = queries.escalation_addresses(grant)
        return [
            ledger.grant_letter("request_escalated", grant, to=address, **facts, **_way(grant, address, asked))
            for address in to
        ]
    return [ledger.grant_letter("request_reminder", grant, to=address, **facts) for address in asked]


def _way(grant: Grant, address: str, asked: Sequence[str]) -> dict[str, str]:
    """To the request for whoever may read it, to the people for whoever can only change who decides."""
    path = f"approvals/{grant.reference}" if address in asked else "people"
    return {"next_url": f"{settings.PUBLIC_URL}/{path}/"}


def _verdict(grant: Grant) -> str:
    return "denied" if grant.state == "denied" else "approved"


def _sentence(grant: Grant) -> str:
    """A request that does not read back waits all the same."""
    try:
        return policies.read_snapshot(grant).sentence
    except GrantError:
        return ""
