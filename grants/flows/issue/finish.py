"""The second commit: sealed, sized, audited and the mail queued; or the reason why not."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction

from grants import audit, ledger, policies, queries
from grants.errors import GrantError, StsError, WrongStateError
from grants.flows.issue import circuit, links, session
from grants.flows.issue.begin import Begun
from grants.gateways.sts_errors import MfaRefusedError
from grants.lifecycle import State
from grants.models import Grant, IssueAttempt
from grants.models.attempt import Outcome, handle_of
from grants.models.rows import Change, Part, StaleRowError, compare_and_set, without_transaction
from grants.values import SECONDS_MAX, Minted

log = structlog.get_logger(__name__)

TOO_LATE: Final = "answer_came_too_late"  # the sweeper has given the attempt up, and denied its name


def finish_refused(*, begun: Begun, error: GrantError, now: datetime) -> None:
    """STS gave nothing: try later, or fail with the reason."""
    may_have_minted = isinstance(error, StsError) and error.may_have_minted
    grant = begun.grant
    with transaction.atomic():
        queries.lock_again(grant)
        outcome = Outcome.UNKNOWN if may_have_minted else Outcome.FAILED
        if not _close_attempt(begun, now, outcome=outcome, error_code=error.code, error_detail=error.detail[:500]):
            return
        if may_have_minted:
            _deny_name(grant, begun, now + _longest_life(begun, error), now)
        circuit.note_refusal(
            issuer=grant.issuer, error=error, is_probe=begun.is_probe, began_at=begun.began_at, now=now
        )
        _move_on(grant, begun, error, now)


def _longest_life(begun: Begun, error: GrantError) -> timedelta:
    """What was asked for; but a session from an answer that makes no sense may live as long as any can."""
    return timedelta(seconds=begun.seconds if error.retryable else SECONDS_MAX)


def _move_on(grant: Grant, begun: Begun, error: GrantError, now: datetime) -> None:
    facts: dict[str, audit.Fact] = {"attempt": begun.name, "code": error.code}
    if grant.revoke_requested_at:
        _revoke(grant, facts, now)
    elif isinstance(error, MfaRefusedError):
        _ask_again(grant, begun, error, facts, now)
    elif isinstance(error, StsError) and error.opens_circuit:
        # The issuer's trouble, not the grant's: it waits for the circuit, and this try does not count.
        _postpone(grant, facts, now, due_at=now, tries=grant.tries - 1, failure_code=error.code)
    elif error.retryable and grant.tries < policies.ATTEMPTS_MAX:
        wait = policies.backoff(grant.tries, costs_an_issue=isinstance(error, StsError) and error.may_have_minted)
        _postpone(grant, facts, now, due_at=now + wait, failure_code=error.code)
    else:
        ledger.move_grant(
            grant=grant,
            event="grant.failed",
            actor=audit.ISSUE_WORKER,
            now=now,
            facts=facts,
            changes={"failure_code": error.code},
            mails=[ledger.grant_letter("grant_failed", grant, to=grant.recipient.email, reason=error.sentence)],
        )


def _ask_again(grant: Grant, begun: Begun, error: GrantError, facts: dict[str, audit.Fact], now: datetime) -> None:
    """A wrong code, or a used one: no code is sent twice, so somebody types the next. This try does not count."""
    ledger.move_grant(
        grant=grant,
        event="grant.code_refused",
        actor=audit.ISSUE_WORKER,
        now=now,
        facts=facts,
        changes={"due_at": None, "tries": grant.tries - 1, "failure_code": error.code},
        mails=session.letters(grant, begun.snapshot),
    )


def _postpone(grant: Grant, facts: dict[str, audit.Fact], now: datetime, **changes: object) -> None:
    ledger.move_grant(
        grant=grant, event="grant.postponed", actor=audit.ISSUE_WORKER, now=now, facts=facts, changes=changes
    )


def finish_minted(*, begun: Begun, minted: Minted, now: datetime) -> None:
    """Seal, keep the sizes, queue the link mail; or discard all, if it was revoked or its link locked meanwhile."""
    try:
        if begun.is_plain and _finish_at_once(begun.grant, begun, minted, now):
            return
        with transaction.atomic():
            _finish(begun.grant, begun, minted, now)
    except StaleRowError:
        log.info(TOO_LATE, attempt=begun.name)


def _finish_at_once(grant: Grant, begun: Begun, minted: Minted, now: datetime) -> bool:
    """By one statement, without a lock; not if anything has happened to the grant meanwhile, which is looked at then.

    An issuer that was in no trouble when the attempt began has no circuit that its success could close.
    """
    try:
        with without_transaction():
            _give(grant, begun, minted, _sizes_of(begun, minted), now, provided={"revoke_requested_at": None})
    except (StaleRowError, WrongStateError):
        return False
    return True


def _finish(grant: Grant, begun: Begun, minted: Minted, now: datetime) -> None:
    is_troubled = queries.lock_again(grant)
    if grant.state != State.ISSUING:
        log.info(TOO_LATE, attempt=begun.name)
        return
    if is_troubled:
        circuit.note_success(issuer=grant.issuer, began_at=begun.began_at, now=now)
    is_wanted = grant.revoke_requested_at is None and (
        begun.link is None or links.keep_link(begun.link, minted.credentials)
    )
    facts = _sizes_of(begun, minted)
    if is_wanted:
        _give(grant, begun, minted, facts, now)
        return
    discarded = _closing(begun, now, outcome=Outcome.DISCARDED, **handle_of(minted))
    _deny_name(grant, begun, minted.credentials.expiration, now)
    _revoke(grant, facts, now, beside=[discarded])


def _give(
    grant: Grant,
    begun: Begun,
    minted: Minted,
    facts: dict[str, audit.Fact],
    now: datetime,
    *,
    provided: Mapping[str, object] | None = None,
) -> None:
    """To the link whose holder waits, or to a new one, which is mailed.

    Nobody waits for this commit: what it leads to, a mail or a reveal, is on disk before it leaves us, and so is all
    that was written earlier. Lost in a crash until then, it is an answer of STS that never came.
    """
    credentials, link, letters = minted.credentials, begun.link, []
    beside: list[Part] = [_closing(begun, now, outcome=Outcome.MINTED, **handle_of(minted))]
    if link is None:
        link, letter = links.make_link(grant=grant, snapshot=begun.snapshot, credentials=credentials, now=now)
        letters = [letter]
        beside.append(link)
    sealed = links.seal_to(link, grant=grant, attempt_id=begun.attempt_id, credentials=credentials, now=now)
    ledger.move_grant(
        grant=grant,
        event="grant.issued",
        actor=audit.ISSUE_WORKER,
        now=now,
        facts=facts,
        changes={"ends_at": credentials.expiration, "due_at": None, "failure_code": ""},
        mails=letters,
        beside=[*beside, sealed],
        provided=provided,
        is_lazy=True,
    )


def _close_attempt(begun: Begun, now: datetime, **values: object) -> bool:
    """Finish the attempt unless the sweeper, which has denied its name by then, already did."""
    closing = _closing(begun, now, **values)
    return compare_and_set(closing.model, closing.where, closing.values)


def _closing(begun: Begun, now: datetime, **values: object) -> Change:
    pending = {"pk": begun.attempt_id, "outcome": Outcome.PENDING}
    return Change(IssueAttempt, pending, {"finished_at": now, **values})


def _sizes_of(begun: Begun, minted: Minted) -> dict[str, audit.Fact]:
    return {
        "attempt": begun.name,
        "access_key_id": minted.credentials.access_key_id,
        "federated_arn": minted.federated_user_arn,
        "request_id": minted.request_id,
        "ends_at": minted.credentials.expiration.isoformat(),
        "packed_policy_size": minted.packed_policy_size,
        "token_utilization": minted.token_utilization,
        "token_size": minted.token_size,
    }


def _deny_name(grant: Grant, begun: Begun, session_ends_at: datetime, now: datetime) -> None:
    ledger.want_denial(grant=grant, name=begun.name, session_ends_at=session_ends_at, now=now)


def _revoke(grant: Grant, facts: dict[str, audit.Fact], now: datetime, *, beside: Sequence[Part] = ()) -> None:
    ledger.move_grant(
        grant=grant,
        event="grant.revoked",
        actor=audit.ISSUE_WORKER,
        now=now,
        facts=facts,
        changes={"due_at": None},
        mails=[ledger.grant_letter("grant_revoked", grant, to=grant.recipient.email, reason=grant.revoke_reason)],
        beside=beside,
    )
