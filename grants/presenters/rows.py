"""One line of a list: my requests, the queue, the active grants."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from grants import policies, queries
from grants.lifecycle import LIVE, State
from grants.models import Denial, Grant, OutboxMail, WideDenial
from grants.models.outbox import MailState
from grants.policy.actions import in_order
from grants.policy.mailbox import domain_of, is_free_mail
from grants.policy.scopes import CustomScope, ManagedScope, SessionScope, actions_of
from grants.policy.snapshot import Snapshot
from grants.presenters.words import (
    UNREADABLE,
    StateWords,
    age_in_words,
    for_how_long,
    left_in_words,
    progress_of,
    sentence_of,
    snapshot_of,
    state_words,
)

LONG: Final = 12 * 3600
CONTRACT_SOON: Final = timedelta(days=14)
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
    "request_narrowed": "made smaller",
    "signature_voided": "signature no longer counts",
    "link_ready": "the pickup link",
    "link_locked": "link locked",
    "code_wanted": "asked for an MFA code",
    "grant_failed": "not issued",
    "grant_revoked": "revoked",
    "grant_expired": "never picked up",
}
WIDE: Final = {
    ManagedScope.kind: ("managed policies",),
    SessionScope.kind: ("all rights of a user",),
    CustomScope.kind: ("custom policy",),
}
REVOCABLE: Final = LIVE


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A line of "my requests"."""

    reference: str
    sentence: str
    state: StateWords
    requested_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A line of the approver's queue. ``flags`` are the things worth a second look."""

    reference: str
    sentence: str
    who: str
    vendor: str
    hours: str
    age: str
    requested_at: datetime
    flags: tuple[str, ...]
    signatures: str


@dataclass(frozen=True, slots=True)
class ActiveRow:
    """A line of the active grants. ``can_retry``: AWS refused, a person may let the worker try again."""

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
        ends_at=grant.ends_at,
    )


def queue_row(grant: Grant, now: datetime) -> QueueRow:
    """A grant as it waits for a decision; one that does not read back is shown and flagged, never lost."""
    snapshot = snapshot_of(grant)
    return QueueRow(
        reference=grant.reference,
        sentence=snapshot.sentence if snapshot else UNREADABLE,
        who=grant.recipient.email,
        vendor=grant.vendor.name,
        hours=for_how_long(grant.seconds),
        age=age_in_words(grant.requested_at, now),
        requested_at=grant.requested_at,
        flags=flags_of(grant, snapshot, now),
        signatures=progress_of(grant) if grant.decisions.all() else "",
    )


def active_row(grant: Grant, now: datetime) -> ActiveRow:
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


def flags_of(grant: Grant, snapshot: Snapshot | None, now: datetime) -> tuple[str, ...]:
    """What an approver should look at twice."""
    if snapshot is None:
        return ("does not read back",)
    verbs = [action.verb for action in in_order(actions_of(snapshot.scope)) if action.changes]
    flags = [f"can {verb.split()[0]}" for verb in verbs] + list(WIDE.get(snapshot.scope.kind, ()))
    flags += ["over 12 hours"] * (grant.seconds > LONG)
    flags += ["contract ends soon"] * (grant.vendor.contract_ends_at - now < CONTRACT_SOON)
    flags += ["free-mail address"] * is_free_mail(domain_of(grant.recipient.email))
    return tuple(flags)
