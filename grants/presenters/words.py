"""The wording of states, times and checks, each in one place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from grants.errors import GrantError
from grants.lifecycle import State
from grants.models import Decision, Grant
from grants.models.decision import Verdict
from grants.models.template import Mint, PickupCheck
from grants.policies import read_snapshot
from grants.policy.sentence import describe_seconds
from grants.policy.signers import describe_progress
from grants.policy.snapshot import Snapshot

UNISSUED: Final = frozenset({State.REQUESTED, State.APPROVED, State.FAILED})
UNREADABLE: Final = "This request can no longer be read as it was made. Do not approve it; tell an operator."


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state for people: its name, its tone (good, wait, bad or none), and what happens next."""

    words: str
    tone: str
    next: str


STATES: Final = {
    State.REQUESTED: StateWords(
        "Waiting for a decision", "wait", "The approvers have been told. You get a mail as soon as one of them decides."
    ),
    State.DENIED: StateWords(
        "Denied", "bad", "The reason is in the timeline. You can change your request and ask again."
    ),
    State.WITHDRAWN: StateWords("Withdrawn", "", "You took this request back. Ask again whenever you need to."),
    State.LAPSED: StateWords("Lapsed", "", "Time ran out before anything was issued. Ask again if you still need it."),
    State.APPROVED: StateWords(
        "Approved", "wait", "The credentials are being prepared. The link comes by mail, usually within a minute."
    ),
    State.AWAITING_CODE: StateWords(
        "Waiting for an MFA code",
        "wait",
        "These credentials need a code from an MFA device here. Whoever keeps it has been told; the link comes by mail "
        "as soon as they have typed one.",
    ),
    State.OFFERED: StateWords(
        "Ready to pick up",
        "good",
        "The link is in your mailbox. The credentials are made in the moment you pick them up, for the whole time.",
    ),
    State.ISSUING: StateWords(
        "Being issued", "wait", "The credentials are being prepared. The link comes by mail, usually within a minute."
    ),
    State.ISSUED: StateWords(
        "Ready to pick up",
        "good",
        "The link is in your mailbox. Open it with your pickup code and your terminal ready.",
    ),
    State.FAILED: StateWords(
        "Could not be issued", "bad", "The approvers can try again. You need not ask again, unless they tell you to."
    ),
    State.REVEALED: StateWords("Picked up", "good", "The credentials work until they end by themselves."),
    State.EXPIRED: StateWords(
        "Never picked up", "", "The link ran out and the credentials were destroyed unseen. Ask again if you need them."
    ),
    State.REVOKED: StateWords(
        "Revoked", "bad", "This access was taken or handed back before its end. The reason is in the timeline."
    ),
    State.ENDED: StateWords("Ended", "", "The credentials ended by themselves, as planned."),
}


@dataclass(frozen=True, slots=True)
class CheckWords:
    """A pickup check: what is shown besides the link, what that resists, and what the recipient is told."""

    words: str
    resists: str
    have_ready: str


CHECKS: Final = {
    PickupCheck.REQUESTER_CODE.value: CheckWords(
        "the code shown when the request was sent",
        "Stops mail scanners and forwarded mail, because the code is in no mail. Does not stop somebody who "
        "can sign in as the requester, because sign-in codes go to the same mailbox.",
        "the pickup code that you were shown when you asked",
    ),
    PickupCheck.SPOKEN_CODE.value: CheckWords(
        "a code that somebody here tells them by telephone",
        "Stops mail scanners, forwarded mail and a stolen mailbox, because the code goes another way. Does not stop "
        "somebody whom you tell it to by mistake: ring a number that you know, and never one from a mail.",
        "the code that your contact tells you by telephone",
    ),
    PickupCheck.SIGN_IN.value: CheckWords(
        "their signing in, with a passkey or an authenticator app",
        "Stops mail scanners, forwarded mail and a stolen mailbox, because the second factor is not in it. Does not "
        "stop somebody who holds mailbox and telephone, or sits at their unlocked computer.",
        "your passkey or authenticator app: you sign in first",
    ),
    PickupCheck.NONE.value: CheckWords(
        "nothing else",
        "Stops nobody who reads the mail: whoever opens the link first has the access. The link works for an hour at "
        "most, and nothing exists before it is opened.",
        "nothing else: whoever has the link can use it",
    ),
}


MINTS: Final = {
    Mint.ON_APPROVAL.value: "They are made when the last signature is there, or at the booked start, and wait sealed.",
    Mint.AT_START.value: "They are made at the booked start, and wait sealed.",
    Mint.ON_PICKUP.value: "They are made in the moment of the pickup, so nothing waits, and the whole time is left.",
}


def state_words(state: str) -> StateWords:
    """A state for people."""
    return STATES[State(state)]


def snapshot_of(grant: Grant) -> Snapshot | None:
    """The grant's snapshot, or None when it does not read back: the row must still be shown."""
    try:
        return read_snapshot(grant)
    except GrantError:
        return None


def sentence_of(grant: Grant) -> str:
    """What the grant gives, in the server's sentence."""
    snapshot = snapshot_of(grant)
    return snapshot.sentence if snapshot else UNREADABLE


def signatures_on(grant: Grant) -> list[Decision]:
    """The approvals of the present snapshot (decisions and deciders prefetched).

    Before anything was issued those that would still count: whoever signs next has to know.
    """
    rows = [row for row in grant.decisions.all() if row.snapshot_hash == grant.snapshot_hash]
    approvals = [row for row in rows if row.verdict == Verdict.APPROVE]
    return [row for row in approvals if not (grant.state in UNISSUED and row.is_void)]


def progress_of(grant: Grant) -> str:
    """Who has signed the present snapshot and who still has to (decisions prefetched)."""
    signed = [(row.group, row.decider_person) for row in signatures_on(grant)]
    return describe_progress(grant.template_version.signers, signed)


def signed_by(grant: Grant) -> str:
    """Their names, such as: "Bob Baker for approvers, Sue Stone for security"."""
    return ", ".join(f"{row.decider} for {row.group}" for row in signatures_on(grant))


def for_how_long(seconds: int) -> str:
    """In words, such as: 1 hour 30 minutes."""
    return describe_seconds(seconds)


def age_in_words(since: datetime, now: datetime) -> str:
    """The coarsest that helps: 5 minutes, 3 hours, 2 days."""
    minutes = max(int((now - since).total_seconds() // 60), 0)
    for size, one, many in ((1440, "day", "days"), (60, "hour", "hours")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {one if count == 1 else many}"
    return "under a minute" if minutes == 0 else "1 minute" if minutes == 1 else f"{minutes} minutes"


def left_in_words(until: datetime, now: datetime) -> str:
    """In so much time, or over."""
    return "over" if until <= now else f"in {age_in_words(now, until)}"


def spaced_code(code: str | None) -> str:
    """A pickup code in two halves, as people read codes aloud: "ABCD-2345"."""
    return f"{code[: len(code) // 2]}-{code[len(code) // 2 :]}" if code else ""
