"""The sweeper gives up on STS calls whose answer never came: the name is denied and the grant tried again."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from grants import audit, dispatch, ledger, policies, queries
from grants.lifecycle import State
from grants.models import Grant, IssueAttempt
from grants.models.attempt import Outcome

NO_ANSWER: Final = "AWS did not answer."


def recover_attempts(*, now: datetime) -> int:
    """Close every attempt whose lease is over; returns how many. STS may have minted, so each name is denied."""
    stale = IssueAttempt.objects.filter(outcome=Outcome.PENDING, lease_until__lt=now).values_list("pk", flat=True)
    return sum(_recover(pk, now) for pk in stale[:100])


def _recover(attempt_id: UUID, now: datetime) -> int:
    with transaction.atomic():
        attempt = IssueAttempt.objects.get(pk=attempt_id)
        if attempt.grant_id is None:
            return _give_up_dry_run(attempt_id, now)
        grant = queries.locked_grant(pk=attempt.grant_id, skip_locked=True)
        if grant is None or grant.state != State.ISSUING:
            return 0
        if not _close(attempt_id, now):
            return 0
        ledger.want_denial(
            grant=grant,
            name=attempt.name,
            session_ends_at=attempt.started_at + policies.LEASE + timedelta(seconds=attempt.seconds),
            now=now,
        )
        _move_on(grant, attempt, now)
    return 1


def _close(attempt_id: UUID, now: datetime) -> bool:
    pending = IssueAttempt.objects.filter(pk=attempt_id, outcome=Outcome.PENDING)
    return pending.update(outcome=Outcome.UNKNOWN, finished_at=now, error_code="answer_lost") == 1


def _give_up_dry_run(attempt_id: UUID, now: datetime) -> int:
    """Nothing to deny: the issuer refuses every session of such a name for good."""
    return int(_close(attempt_id, now))


def _move_on(grant: Grant, attempt: IssueAttempt, now: datetime) -> None:
    if grant.revoke_requested_at:
        event, due_at = "grant.revoked", None
    elif grant.tries < policies.ATTEMPTS_MAX:
        event, due_at = "grant.postponed", now
    else:
        event, due_at = "grant.failed", None
    ledger.move_grant(
        grant=grant,
        event=event,
        actor=audit.ISSUE_WORKER,
        now=now,
        facts={"attempt": attempt.name, "code": "answer_lost"},
        changes={"due_at": due_at, "failure_code": "" if event == "grant.revoked" else "answer_lost"},
        mails=_letters(grant, event),
    )
    if event == "grant.postponed":
        dispatch.ring_after_commit(dispatch.ISSUE, grant.pk)


def _letters(grant: Grant, event: str) -> list[ledger.MailOrder]:
    mails = {"grant.revoked": ("grant_revoked", grant.revoke_reason), "grant.failed": ("grant_failed", NO_ANSWER)}
    if event not in mails:
        return []
    mail, reason = mails[event]
    return [ledger.grant_letter(mail, grant, to=grant.recipient.email, reason=reason)]
