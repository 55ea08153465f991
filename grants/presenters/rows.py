"""One line of a list: my requests, the queue, the active grants."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from grants import policies, queries
from grants.lifecycle import FINAL, LIVE, State
from grants.models import Denial, Grant, OutboxMail, WideDenial
from grants.models.outbox import MailState
from grants.presenters.words import (
    StateWords,
    left_in_words,
    sentence_of,
    state_words,
)

MAIL_WORDS: Final = {
    MailState.QUEUED: ("waiting for the mail server", "wait"),
    MailState.SENT: ("accepted by the mail server", "good"),
    MailState.REJECTED: ("given up: the mail server refused it", "bad"),
    MailState.CANCELLED: ("not sent: its link opened nothing any more", "wait"),
}
MAIL_EVENTS: Final = {
    "request_received": "request received",
    "request_for_you": "asked on their behalf",
    "approver_new_request": "asked to decide",
    "request_approved": "approved",
    "request_denied": "denied",
    "emergency_approval": "approved alone in an emergency",
    "emergency_reviewed": "emergency reviewed",
    "review_due": "emergency to review",
    "request_narrowed": "made smaller",
    "question_asked": "asked something",
    "question_answered": "answered",
    "signature_voided": "signature no longer counts",
    "grant_ending": "about to end",
    "link_ready": "the pickup link",
    "link_locked": "link locked",
    "code_wanted": "asked for an MFA code",
    "grant_failed": "not issued",
    "grant_revoked": "revoked",
    "grant_expired": "never picked up",
}
REVOCABLE: Final = LIVE


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A line of "my requests". ``has_question``: an approver waits for an answer."""

    reference: str
    sentence: str
    state: StateWords
    requested_at: datetime
    ends_at: datetime | None
    has_question: bool


@dataclass(frozen=True, slots=True)
class ActiveRow:
    """A line of the active grants. ``can_retry``: AWS refused, a person may let the worker try again.

    ``was_alone``: one person approved it alone, in an emergency. ``goes_on_from``: it begins when that one, which is in
    the list as well, ends.
    """

    reference: str
    sentence: str
    who: str
    recipient_id: UUID
    vendor: str
    state: StateWords
    ends_at: datetime | None
    left: str
    can_revoke: bool
    can_retry: bool
    failure: str
    revoking: bool
    was_alone: bool
    goes_on_from: str


@dataclass(frozen=True, slots=True)
class DenialRow:
    """Whether AWS refuses a session yet."""

    userid: str
    words: str
    tone: str
    at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class MailRow:
    """What became of a mail."""

    about: str
    to: str
    words: str
    tone: str
    at: datetime
    error: str


def request_row(grant: Grant) -> RequestRow:
    """A grant as its requester sees it in a list."""
    return RequestRow(
        reference=grant.reference,
        sentence=sentence_of(grant),
        state=state_words(grant.state),
        requested_at=grant.requested_at,
        ends_at=end_of(grant),
        has_question=grant.state == State.REQUESTED and getattr(grant, "is_unanswered", False),
    )


def end_of(grant: Grant) -> datetime | None:
    """When it ends by itself, or when it was over before that; None while nothing is issued."""
    was_early = grant.state in FINAL and grant.state != State.ENDED
    return grant.state_at if was_early else grant.ends_at


def active_rows(grants: Iterable[Grant], now: datetime) -> tuple[ActiveRow, ...]:
    """Grants that are or may become usable, extensions beside what they go on from."""
    listed = list(grants)
    running: dict[UUID | None, Grant] = {grant.pk: grant for grant in listed}
    return tuple(active_row(grant, now, running.get(grant.previous_id)) for grant in listed)


def active_row(grant: Grant, now: datetime, previous: Grant | None = None) -> ActiveRow:
    """A grant that is or may become usable."""
    state = State(grant.state)
    return ActiveRow(
        reference=grant.reference,
        sentence=sentence_of(grant),
        who=grant.recipient.email,
        recipient_id=grant.recipient_id,
        vendor=grant.vendor.name,
        state=state_words(state),
        ends_at=grant.ends_at,
        left=left_in_words(grant.ends_at, now) if grant.ends_at else "",
        can_revoke=state in REVOCABLE and grant.revoke_requested_at is None,
        can_retry=policies.is_retryable(grant),
        failure=grant.failure_code if state == State.FAILED else "",
        revoking=grant.revoke_requested_at is not None and state == State.ISSUING,
        was_alone=getattr(grant, "was_alone", False),
        goes_on_from=previous.reference if previous else "",
    )


def denial_rows(grant: Grant) -> tuple[DenialRow, ...]:
    """What AWS was, or is to be, told to refuse: the grant's sessions (prefetched), its whole vendor or template."""
    denials: list[Denial | WideDenial] = [*grant.denials.all(), *queries.wide_denials_of(grant)]
    return tuple(denial_row(denial) for denial in denials)


def denial_row(denial: Denial | WideDenial) -> DenialRow:
    """One Deny: wanted, confirmed by reading it back, or lifted because no session can be left."""
    if denial.lifted_at:
        return DenialRow(denial.entry, "lifted, the session has ended", "", denial.lifted_at, "")
    if denial.confirmed_at:
        return DenialRow(denial.entry, "confirmed: read back from AWS", "good", denial.confirmed_at, "")
    return DenialRow(denial.entry, "wanted: not confirmed by AWS yet", "wait", denial.wanted_at, denial.last_error)


def mail_row(mail: OutboxMail) -> MailRow:
    """What became of a mail; one that was refused says so and is tried again."""
    words, tone = MAIL_WORDS[MailState(mail.state)]
    if mail.state == MailState.QUEUED and mail.last_error:
        words, tone = "refused so far, tried again", "bad"
    about = MAIL_EVENTS.get(mail.event, mail.event.replace("_", " "))
    return MailRow(about, mail.to_address, words, tone, mail.sent_at or mail.created_at, mail.last_error)
