"""The life of one grant as steps: what was, what is, what comes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from grants.lifecycle import FINAL, State
from grants.models import Decision, Grant, Narrowing, PickupLink
from grants.models.decision import Verdict
from grants.models.template import Mint
from grants.policy.signers import ON_CALL
from grants.presenters.words import UNISSUED

DONE, BAD, AHEAD = "done", "bad", "ahead"


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the timeline. ``typed`` was typed by a person and is shown as such; ``tone`` is done, bad, ahead."""

    words: str
    at: datetime | None = None
    tone: str = DONE
    by: str = ""
    note: str = ""
    typed: str = ""


CLOSINGS: Final = {
    State.WITHDRAWN: ("Withdrawn by the requester", DONE),
    State.LAPSED: ("Lapsed: time ran out before anything was issued", DONE),
    State.FAILED: ("AWS did not issue the credentials", BAD),
    State.EXPIRED: ("The link ran out; the credentials were destroyed unseen", DONE),
    State.REVOKED: ("Revoked", BAD),
}

ISSUE: Final = "Credentials are issued and the link is mailed"
PICKUP: Final = "They are picked up, once"

AHEAD_OF: Final = {
    State.REQUESTED: ("An approver decides", ISSUE, PICKUP),
    State.APPROVED: (ISSUE, PICKUP),
    State.AWAITING_CODE: ("Somebody types a code of the MFA device", ISSUE, PICKUP),
    State.OFFERED: ("They are picked up, once, and issued in that moment",),
    State.ISSUING: (ISSUE, PICKUP),
    State.ISSUED: (PICKUP,),
}


def timeline_of(
    grant: Grant, *, decisions: Iterable[Decision], links: Iterable[PickupLink], names: bool
) -> tuple[Step, ...]:
    """The steps of ``grant``, oldest first. ``names``: say which approver signed (staff only)."""
    state = State(grant.state)
    steps = [Step("Asked for", grant.requested_at)]
    before = [_decided(decision, grant, names=names) for decision in decisions]
    before += [_narrowed(narrowing, names=names) for narrowing in grant.narrowings.all()]
    steps += sorted(before, key=lambda step: step.at or grant.requested_at)
    steps += [Step(_mailed(grant), link.created_at) for link in links]
    if grant.revealed_at:
        steps.append(Step("Picked up: the credentials were shown once", grant.revealed_at))
    if state in CLOSINGS:
        steps.append(_closed(grant, *CLOSINGS[state]))
    steps += [Step(words, tone=AHEAD) for words in AHEAD_OF.get(state, ())]
    return (*steps, *_end_of(grant, state))


def _mailed(grant: Grant) -> str:
    """Where they are made on pickup, the link goes out with nothing behind it."""
    is_first = grant.template_version.mint == Mint.ON_PICKUP
    return "Link mailed; nothing exists behind it yet" if is_first else "Credentials issued, link mailed"


def _decided(decision: Decision, grant: Grant, *, names: bool) -> Step:
    by = decision.by_whom if names else ""
    if grant.state in UNISSUED and decision.is_void:
        why = ": whoever signed was frozen since" if names else ""
        return Step(f"Signed, which no longer counts{why}", decision.decided_at, DONE, by)
    if decision.snapshot_hash != grant.snapshot_hash:
        return Step("Signed as it was then, which no longer counts: it was made smaller", decision.decided_at, DONE, by)
    if decision.group == ON_CALL:
        return Step(
            "Approved alone in an emergency", decision.decided_at, BAD, by, typed=decision.reason if names else ""
        )
    if decision.verdict == Verdict.DENY:
        return Step("Denied", decision.decided_at, BAD, by, typed=decision.reason)
    words = f"Approved for {decision.group}" if names else "Approved"
    note = f"In advance, by the window {grant.window.reference}" if grant.window else ""
    return Step(words, decision.decided_at, DONE, by, note)


def _narrowed(narrowing: Narrowing, *, names: bool) -> Step:
    by = str(narrowing.narrower) if names else ""
    return Step("Made smaller by an approver", narrowing.narrowed_at, DONE, by, typed=narrowing.reason)


def _closed(grant: Grant, words: str, tone: str) -> Step:
    typed = grant.revoke_reason if grant.state == State.REVOKED else ""
    return Step(words, grant.state_at, tone, typed=typed)


def _end_of(grant: Grant, state: State) -> tuple[Step, ...]:
    if grant.ends_at is None or (state in FINAL and state != State.ENDED):
        return ()
    if state == State.ENDED:
        return (Step("Ended by itself", grant.ends_at),)
    return (Step("The access ends by itself", grant.ends_at, AHEAD),)


def since_asked(steps: Sequence[Step], now: datetime) -> list[Step]:
    """What has happened since the request was made."""
    return [step for step in steps if step.at is not None and step.at <= now][1:]
