"""The first commit: the attempt exists before STS hears of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from grants import audit, dispatch, ledger, policies, queries
from grants.errors import (
    ApprovalMissingError,
    DeniedWidelyError,
    GrantError,
    LinkLockedError,
    PolicyUnreadError,
    WrongStateError,
)
from grants.flows.issue import links, session
from grants.flows.issue.circuit import Turn, take_turn
from grants.flows.issue.requests import request_of
from grants.flows.issue.signed import check_believed, is_counted
from grants.models import Grant, IssueAttempt, PickupLink
from grants.models.rows import FencedError, NeedsLockError, compare_and_set, wait_for_disk, without_transaction
from grants.models.template import Mint
from grants.policy.scopes import SessionScope, digests_of
from grants.policy.snapshot import Snapshot
from grants.queries import Dossier
from grants.values import MintRequest, federated_name

NAMES_MAX: Final = 999


@dataclass(frozen=True, slots=True)
class Begun:
    """One attempt on record, and exactly what STS will be asked.

    ``is_plain``: nothing but the grant itself has to be looked at when the answer comes.
    """

    grant: Grant
    attempt_id: UUID
    name: str
    seconds: int
    snapshot: Snapshot
    request: MintRequest = field(repr=False)
    began_at: datetime
    is_probe: bool = False
    is_plain: bool = False
    link: PickupLink | None = None


def begin_attempt(*, grant_id: UUID, now: datetime) -> Begun | None:
    """Write the attempt and its lease, and move the grant to issuing; None when there is nothing to do.

    While the issuer is in trouble that is so for all but the probe: the others stay approved, and spend no try. In a
    restored database it is so for all.

    What was written is on disk when this returns. Its commit does not wait for that, but we do afterwards: until it is
    over nobody else can write in the audit log, and of those who wait side by side the disk is asked once.
    """
    try:
        begun = _begin_at_once(grant_id, now)
    except FencedError:
        return None  # the fence went up since the grant was read
    if begun is not None:
        wait_for_disk()
    return begun


def _begin_at_once(grant_id: UUID, now: datetime) -> Begun | None:
    """Most need no lock: what was read is written down by one statement, unless the grant was touched in between."""
    try:
        with without_transaction():
            return _begin(grant_id, now, is_locked=False)
    except WrongStateError:
        return None  # somebody else has it
    except NeedsLockError:
        with transaction.atomic():
            return _begin(grant_id, now, is_locked=True)


def _begin(grant_id: UUID, now: datetime, *, is_locked: bool) -> Begun | None:
    dossier = queries.dossier_of(grant_id, now, is_locked=is_locked)
    if dossier is None or dossier.is_fenced:
        return None
    grant = dossier.grant
    try:
        snapshot, number = _check_still_right(dossier, now)
    except PolicyUnreadError:
        _wait_for_reading(grant, now)
        return None
    except GrantError as error:
        _refuse(grant, error, now)
        return None
    if not is_locked and (is_counted(snapshot) or not _is_plain(dossier, snapshot)):
        raise NeedsLockError
    go = _way_free(dossier, snapshot, now)
    return _write(dossier, snapshot, number, go, now) if go else None


def _is_plain(dossier: Dossier, snapshot: Snapshot) -> bool:
    """No link, no session of its user, no code and no issuer in trouble has to be looked at, and held."""
    has_link = dossier.maybe_minted or snapshot.mint == Mint.ON_PICKUP
    return not (has_link or dossier.grant.session_of_id or _needs_code(snapshot) or dossier.is_circuit_open)


def _write(dossier: Dossier, snapshot: Snapshot, number: int, go: "Go", now: datetime) -> Begun:
    grant = dossier.grant
    attempt = _attempt_of(grant, snapshot, number, now)
    ledger.move_grant(
        grant=grant,
        event="grant.issuing",
        actor=audit.ISSUE_WORKER,
        now=now,
        facts={"attempt": attempt.name, "snapshot_hash": grant.snapshot_hash},
        changes={"tries": grant.tries + 1, "due_at": attempt.lease_until},
        beside=[attempt],
        provided=_as_read(grant),
        is_lazy=True,
    )
    return Begun(
        grant=grant,
        attempt_id=attempt.pk,
        name=attempt.name,
        seconds=attempt.seconds,
        snapshot=snapshot,
        request=request_of(snapshot, name=attempt.name, code=go.code),
        began_at=now,
        is_probe=go.is_probe,
        is_plain=_is_plain(dossier, snapshot),
        link=go.link,
    )


def _as_read(grant: Grant) -> dict[str, object]:
    """What every move of an approved grant, and every postponement, changes."""
    return {"due_at": grant.due_at, "tries": grant.tries, "snapshot_hash": grant.snapshot_hash}


@dataclass(frozen=True, slots=True)
class Go:
    """STS may be asked, as the probe of an issuer in trouble or not, with the code of its MFA device or "".

    ``link`` is the one whose holder has passed the check and waits; None where it is made with the credentials.
    """

    is_probe: bool
    code: str = field(repr=False)
    link: PickupLink | None


def _way_free(dossier: Dossier, snapshot: Snapshot, now: datetime) -> Go | None:
    """None while the grant waits: for its start, its recipient, its user's one session, a code, or its issuer."""
    grant = dossier.grant
    if (begins := policies.start_signed(snapshot)) is not None and begins > now:
        _put_off(grant, begins)  # whatever the row's own time says, which nobody signed
        return None
    link = queries.claimed_link(grant) if dossier.maybe_minted or snapshot.mint == Mint.ON_PICKUP else None
    if snapshot.mint == Mint.ON_PICKUP and (link is None or link.expires_at <= now):
        links.offer_link(grant=grant, snapshot=snapshot, now=now)
        return None
    if grant.session_of_id and not session.is_free(grant, now):
        return None
    code = session.take_code(grant, snapshot, now) if _needs_code(snapshot) else ""
    if code is None:
        return None
    turn = _turn(dossier, now, has_code=bool(code))
    return None if turn is Turn.WAIT else Go(turn is Turn.PROBE, code, link)


def _needs_code(snapshot: Snapshot) -> bool:
    return isinstance(snapshot.scope, SessionScope) and bool(snapshot.scope.mfa_serial)


def _turn(dossier: Dossier, now: datetime, *, has_code: bool) -> Turn:
    """Somebody has just typed a code, which will not wait for the next probe: it is the probe."""
    if not dossier.is_circuit_open:
        return Turn.GO
    turn = take_turn(dossier.grant.issuer_id, now=now)
    return Turn.PROBE if has_code and turn is Turn.WAIT else turn


def _check_still_right(dossier: Dossier, now: datetime) -> tuple[Snapshot, int]:
    """Right before STS: what was approved, by enough people, still in time, for an issuer that is still the same.

    Returns the attempt's number too, of which there is one left.
    """
    grant = dossier.grant
    snapshot = policies.read_snapshot(grant)
    policies.check_snapshot_is_of(grant, snapshot)
    policies.check_signatures(grant, dossier.signed)
    check_believed(grant, snapshot, now)
    policies.check_issues_left(dossier.maybe_minted)
    policies.check_issuer_unchanged(snapshot, grant.issuer)
    if digests := digests_of(snapshot.scope):
        policies.check_managed_unchanged(grant.issuer, digests, now)
    policies.check_contract(grant.vendor, grant.seconds, now)
    if (dossier.maybe_minted or snapshot.mint == Mint.ON_PICKUP) and queries.was_locked(grant):
        raise LinkLockedError  # a fresh link would be five more guesses
    if dossier.is_denied_widely:
        raise DeniedWidelyError
    if not grant.recipient.is_active:
        raise ApprovalMissingError("the recipient's account is closed")
    if dossier.attempts >= NAMES_MAX:
        raise ApprovalMissingError("no federated name left")
    return snapshot, dossier.attempts + 1


def _wait_for_reading(grant: Grant, now: datetime) -> None:
    """What the managed policies say is read by the revoke worker, who has the right to; this one has none in IAM."""
    _put_off(grant, now + policies.READING_WAIT)
    dispatch.ring_after_commit(dispatch.READ_ISSUER, grant.issuer_id)


def _put_off(grant: Grant, until: datetime) -> None:
    compare_and_set(Grant, {"pk": grant.pk, "state": grant.state, **_as_read(grant)}, {"due_at": until})


def _refuse(grant: Grant, error: GrantError, now: datetime) -> None:
    ledger.move_grant(
        grant=grant,
        event="grant.refused",
        actor=audit.ISSUE_WORKER,
        now=now,
        facts={"code": error.code},
        changes={"failure_code": error.code},
        provided=_as_read(grant),
        mails=[ledger.grant_letter("grant_failed", grant, to=grant.recipient.email, reason=error.sentence)],
    )


def _attempt_of(grant: Grant, snapshot: Snapshot, number: int, now: datetime) -> IssueAttempt:
    return IssueAttempt(
        grant=grant,
        number=number,
        name=federated_name(grant.reference, number),
        snapshot_hash=grant.snapshot_hash,
        seconds=snapshot.seconds,
        started_at=now,
        lease_until=now + policies.LEASE,
    )
