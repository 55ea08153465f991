"""The only changer of a grant's state: compare-and-set, audit row and outbox rows, in one statement."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from grants import audit, dispatch, policies
from grants.audit import Actor, Fact
from grants.errors import WrongStateError
from grants.ledger.mails import MailOrder, box_of, for_the_sponsor, grant_letter, mails_of, queue_mail, ring_for
from grants.ledger.shown import check_assertion, check_shown, claim_of, is_claim, is_pickup_code
from grants.lifecycle import State, move_for
from grants.models import Decision, Denial, Grant, Narrowing, PickupLink, SealedCredential, User, Window
from grants.models.attempt import Outcome
from grants.models.decision import Verdict
from grants.models.link import LIVE_LINK
from grants.models.rows import Change, Part, StaleRowError, write_all
from grants.policy.deny import entry_of
from grants.policy.snapshot import Snapshot, hash_of, to_canonical
from grants.values import SECONDS_MAX

__all__ = [
    "ENDINGS",
    "MailOrder",
    "approve_grant",
    "box_of",
    "check_assertion",
    "check_shown",
    "claim_of",
    "close_window",
    "deny_live_sessions",
    "end_grant",
    "grant_letter",
    "is_claim",
    "is_pickup_code",
    "move_grant",
    "note_end",
    "queue_mail",
    "record_decision",
    "replace_snapshot",
    "void_grant",
    "want_denial",
]

ENDINGS: Final = {State.REQUESTED: "grant.lapsed"}  # every other open state: grant.revoked


def move_grant(
    *,
    grant: Grant,
    event: str,
    actor: Actor,
    now: datetime,
    facts: Mapping[str, Fact] | None = None,
    personal: Mapping[str, str] | None = None,
    changes: Mapping[str, Any] | None = None,
    mails: Sequence[MailOrder] = (),
    beside: Sequence[Part] = (),
    provided: Mapping[str, Any] | None = None,
    is_lazy: bool = False,
) -> None:
    """Move ``grant`` by ``event`` or raise WrongStateError, when it is no longer where the caller read it.

    ``changes`` are columns set with the state; ``beside`` is what else is written or nothing is; ``provided`` is what
    else must still be so, for callers without its lock. The move, its mails and its audit row are one statement,
    whose commit, with ``is_lazy``, does not wait for the disk. ``grant`` is updated to what was written.
    """
    move = move_for(event, State(grant.state))
    if move is None:
        raise WrongStateError(f"{event} from {grant.state}")
    values = {"state": move.target.value, "state_at": now, **(changes or {})}
    moved = Change(Grant, {"pk": grant.pk, "state": move.source.value, **(provided or {})}, values)
    letters = mails_of([*mails, *for_the_sponsor(grant, mails)], grant, now)
    event_rows = audit.rows_of_event(
        kind=event,
        subject=grant.reference,
        actor=actor,
        facts={"from": move.source.value, "to": move.target.value, **(facts or {})},
        personal=personal,
    )
    try:
        write_all(moved, *beside, *letters, *event_rows, is_lazy=is_lazy)
    except StaleRowError as error:
        if not error.is_of(Grant):
            raise
        raise WrongStateError(f"{event}: no longer {move.source}") from error
    for name, value in values.items():
        setattr(grant, name, value)
    ring_for(letters)


def approve_grant(
    *,
    grant: Grant,
    actor: Actor,
    facts: Mapping[str, Fact],
    snapshot: Snapshot,
    now: datetime,
    personal: Mapping[str, str] | None = None,
) -> None:
    """All signatures are there: approve the grant, tell its recipient, ring the issue worker.

    An approval stands as long as its oldest signature.
    """
    until = min(policies.holding_approvals(grant, now).values_list("valid_until", flat=True), default=None)
    if until is None:
        raise WrongStateError("whoever signed was stopped meanwhile")
    due_at = policies.start_of(grant, now)
    told = {"sentence": snapshot.sentence, "check": snapshot.pickup_check, "starts_at": snapshot.starts_at}
    if grant.window:
        told["window"] = grant.window.reference
    move_grant(
        grant=grant,
        event="grant.approved",
        actor=actor,
        now=now,
        facts={"snapshot_hash": grant.snapshot_hash, **facts},
        personal=personal,
        changes={"approved_at": now, "approval_until": until, "due_at": due_at},
        mails=[grant_letter("request_approved", grant, to=grant.recipient.email, **told)],
    )
    dispatch.ring_after_commit(dispatch.ISSUE, grant.pk)


def close_window(
    *, window: Window, by: User | None, reason: str, now: datetime, facts: Mapping[str, Fact] | None = None
) -> None:
    """For good; by nobody where an operator does it, after a restore."""
    actor = audit.actor_of(by) if by else audit.OPERATOR
    window.closed_at, window.closed_by, window.closed_reason = now, by, reason
    window.save(update_fields=["closed_at", "closed_by", "closed_reason"])
    audit.record_event(
        kind="window.closed", subject=window.reference, actor=actor, facts=facts, personal={"reason": reason}
    )


def end_grant(*, grant: Grant, actor: Actor, reason: str, now: datetime, denied: list[str]) -> None:
    """Close the links, wipe what is sealed and move the locked grant to its end; its recipient is told why.

    ``denied`` are the entries by which AWS is told to refuse its sessions; they enter the audit row.
    """
    PickupLink.objects.filter(LIVE_LINK, grant=grant).update(closed_at=now)
    wiped = SealedCredential.objects.filter(grant=grant, wiped_at=None).update(ciphertext=None, wiped_at=now)
    event = ENDINGS.get(State(grant.state), "grant.revoked")
    letter = "grant_revoked" if event == "grant.revoked" else "request_ended"
    move_grant(
        grant=grant,
        event=event,
        actor=actor,
        now=now,
        facts={"wiped": bool(wiped), "denied": denied},
        personal={"reason": reason},
        changes={"revoke_reason": reason, "due_at": None},
        mails=[grant_letter(letter, grant, to=grant.recipient.email, reason=reason)],
    )


def void_grant(*, grant: Grant, by_id: UUID, actor: Actor, reason: str, now: datetime) -> None:
    """End a locked grant that nobody has picked up, wherever it is on its way."""
    if grant.state == State.ISSUING:
        note_end(grant=grant, by_id=by_id, actor=actor, reason=reason, now=now)
    else:
        end_grant(grant=grant, actor=actor, reason=reason, now=now, denied=[])


def note_end(*, grant: Grant, by_id: UUID, actor: Actor, reason: str, now: datetime) -> None:
    """For a locked grant about which STS is being asked right now: the issue worker throws the answer away."""
    if grant.revoke_requested_at is not None:
        return
    grant.revoke_requested_at, grant.revoke_requested_by_id, grant.revoke_reason = now, by_id, reason
    grant.save(update_fields=["revoke_requested_at", "revoke_requested_by", "revoke_reason"])
    audit.record_event(kind="grant.revoke_requested", subject=grant.reference, actor=actor, personal={"reason": reason})


def record_decision(
    *,
    grant: Grant,
    by: User,
    group: str,
    verdict: Verdict,
    reason: str,
    now: datetime,
    assertion: str = "",
    stands_for: User | None = None,
) -> Decision:
    """One person's yes or no over the grant's snapshot hash, which may name whom they stand in for.

    The database refuses requester, recipient and inviter.
    """
    return Decision.objects.create(
        grant=grant,
        decider=by,
        decider_person=by.person,
        times_frozen=by.times_frozen,  # as they were when they were let in: frozen since then, they sign nothing
        stands_for=stands_for,
        stands_for_person=stands_for.person if stands_for else None,
        requester_person=grant.requester_person,
        recipient_person=grant.recipient_person,
        inviter_person=grant.inviter_person,
        group=group,
        verdict=verdict,
        snapshot_hash=grant.snapshot_hash,
        reason=reason,
        assertion=assertion,
        decided_at=now,
        valid_until=policies.approval_ends(grant, now),
    )


def replace_snapshot(*, grant: Grant, snapshot: Snapshot, by: User, reason: str, now: datetime) -> None:
    """Give the locked, undecided grant a smaller snapshot, and keep the one it had; signatures over that are void."""
    canonical = to_canonical(snapshot)
    new_hash = hash_of(canonical)
    values = {"snapshot": canonical, "snapshot_hash": new_hash, "seconds": snapshot.seconds}
    kept = Narrowing(
        grant=grant,
        narrower=by,
        narrower_person=by.person,
        old_snapshot=grant.snapshot,
        old_hash=grant.snapshot_hash,
        new_hash=new_hash,
        reason=reason,
        narrowed_at=now,
    )
    was = {"pk": grant.pk, "state": State.REQUESTED.value, "snapshot_hash": grant.snapshot_hash}
    try:
        write_all(kept, Change(Grant, was, values))
    except StaleRowError as error:
        raise WrongStateError("no longer what was narrowed") from error
    for name, value in values.items():
        setattr(grant, name, value)


def want_denial(*, grant: Grant, name: str, session_ends_at: datetime, now: datetime) -> str:
    """Have AWS refuse the session of one attempt from now on; the entry. The revoke worker is rung after commit.

    Of a user whose sessions have no name it is all that are older, ours or not; so it stands as long as any can live.
    """
    entry = entry_of(grant.issuer.ref, name, now)
    if grant.session_of_id:
        session_ends_at = now + timedelta(seconds=SECONDS_MAX)
    Denial.objects.get_or_create(
        issuer=grant.issuer,
        userid=entry,
        defaults={"grant": grant, "wanted_at": now, "session_ends_at": session_ends_at, "due_at": now},
    )
    dispatch.ring_after_commit(dispatch.REVOKE, grant.issuer_id)
    return entry


def deny_live_sessions(grant: Grant, now: datetime) -> list[str]:
    """Have AWS refuse every session of this grant that is not over; returns the entries."""
    live = grant.attempts.filter(outcome=Outcome.MINTED, expiration__gt=now)
    return [
        want_denial(grant=grant, name=attempt.name, session_ends_at=attempt.expiration or now, now=now)
        for attempt in live
    ]
