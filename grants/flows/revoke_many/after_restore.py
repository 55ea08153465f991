"""A restored database is older than the truth: until this has run nothing is issued or revealed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from grants import audit, dispatch, ledger, policies, queries
from grants.lifecycle import LIVE, UNDECIDED, State
from grants.models import Denial, Grant, IssueAttempt, Issuer, OutboxMail, WideDenial, Window
from grants.models.attempt import Outcome
from grants.models.outbox import MailState
from grants.models.window import NOT_CLOSED
from grants.values import SECONDS_MAX

OPEN: Final = LIVE | UNDECIDED
LONGEST: Final = timedelta(seconds=SECONDS_MAX)
REASON: Final = "Daypass was restored from a backup, so everything that was open has ended. Ask again if you need it."


@dataclass(frozen=True, slots=True)
class Voided:
    """How many grants ended, sessions were denied by name, mails dropped; and on how many issuers all is denied."""

    grants: int
    sessions: int
    mails: int
    issuers: int


def distrust(*, reason: str, now: datetime) -> None:
    """Raise the fence by hand, for a restore that the database cannot notice: a disk's snapshot put back in place."""
    with transaction.atomic():
        queries.raise_fence(now)
        _record("installation.fenced", personal={"reason": reason})


def believe(*, reason: str, now: datetime) -> None:
    """Lower the fence without ending anything: the database moved or was upgraded, and no commit was lost."""
    with transaction.atomic():
        queries.lower_fence(now)
        _record("installation.believed", personal={"reason": reason})


def after_restore(*, clock: Callable[[], datetime]) -> Voided:
    """End everything open, deny every session that may be alive, then let work begin. Again after a crash is safe.

    By name for the sessions on record; for those that were minted after the backup, which no record knows, by their
    age. What AWS holds stays denied, because the revoke worker merges.
    """
    began = clock()
    with transaction.atomic():
        queries.raise_fence(began)
    mails = _drop_mails()
    for window in Window.objects.filter(NOT_CLOSED):
        _close(window, clock())
    open_ones = Grant.objects.filter(state__in=sorted(OPEN)).values_list("pk", flat=True)
    ended = sum(_end(pk, clock()) for pk in list(open_ones))
    sessions = sum(_deny(attempt, clock()) for attempt in _may_be_alive(began))
    issuers = [_deny_older(issuer, clock()) for issuer in Issuer.objects.all()]
    voided = Voided(grants=ended, sessions=sessions, mails=mails, issuers=len(issuers))
    with transaction.atomic():
        queries.lower_fence(clock())
        _record(
            "installation.restored",
            facts={"grants": ended, "sessions": sessions, "mails": mails, "issuers": len(issuers)},
        )
    return voided


def _drop_mails() -> int:
    """Waiting mails hold links that end here, or news that is old; they may have been sent already."""
    with transaction.atomic():
        waiting = OutboxMail.objects.filter(state=MailState.QUEUED)
        return waiting.update(state=MailState.REJECTED, sealed=None, last_error="the database was restored")


def _close(window: Window, now: datetime) -> None:
    """It may have been closed, or used up, after the backup."""
    with transaction.atomic():
        ledger.close_window(window=window, by=None, reason=REASON, now=now)


def _end(pk: UUID, now: datetime) -> bool:
    with transaction.atomic():
        grant = queries.locked_grant(pk=pk)
        if grant.state not in OPEN:
            return False
        if grant.state == State.ISSUING:
            pending = grant.attempts.filter(outcome=Outcome.PENDING)
            pending.update(outcome=Outcome.UNKNOWN, finished_at=now, error_code="answer_lost")
        ledger.end_grant(grant=grant, actor=audit.OPERATOR, reason=REASON, now=now, denied=[])
    return True


def _may_be_alive(now: datetime) -> list[IssueAttempt]:
    """Attempts whose session may still work and that nobody denied; what the record calls over may not have been."""
    rows = IssueAttempt.objects.exclude(grant=None).filter(
        Q(expiration__gt=now) | Q(expiration=None, started_at__gt=now - LONGEST)
    )
    rows = rows.exclude(outcome=Outcome.FAILED).select_related("grant__issuer")
    denied = set(Denial.objects.filter(grant__in=rows.values("grant")).values_list("userid", flat=True))
    return [row for row in rows if row.grant and row.grant.issuer.ref.userid_of(row.name) not in denied]


def _deny(attempt: IssueAttempt, now: datetime) -> bool:
    grant = attempt.grant
    if grant is None:
        return False
    ends_at = attempt.expiration or attempt.started_at + policies.LEASE + timedelta(seconds=attempt.seconds)
    with transaction.atomic():
        userid = ledger.want_denial(grant=grant, name=attempt.name, session_ends_at=ends_at, now=now)
        audit.record_event(
            kind="denial.wanted", subject=grant.reference, actor=audit.OPERATOR, facts={"userid": userid}
        )
    return True


def _deny_older(issuer: Issuer, now: datetime) -> WideDenial:
    """Everything that this issuer minted up to now; whatever comes afterwards works."""
    entry = f"before={now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    with transaction.atomic():
        row, _ = WideDenial.objects.get_or_create(
            issuer=issuer,
            entry=entry,
            lifted_at=None,
            defaults={"reason": REASON, "wanted_at": now, "due_at": now, "session_ends_at": now + LONGEST},
        )
        audit.record_event(kind="denial.wanted", subject=row.subject, actor=audit.OPERATOR, facts={"userid": entry})
        dispatch.ring_after_commit(dispatch.REVOKE, issuer.pk)
    return row


def _record(kind: str, *, facts: dict[str, audit.Fact] | None = None, personal: dict[str, str] | None = None) -> None:
    audit.record_event(kind=kind, subject="installation", actor=audit.OPERATOR, facts=facts, personal=personal)
