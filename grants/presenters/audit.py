"""A grant's whole story for an auditor: facts, calls to STS with their sizes, audit rows, the chain."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from grants.models import AuditEvent, Grant, IssueAttempt
from grants.models.attempt import Outcome
from grants.presenters.pages import mails_of, pretty
from grants.presenters.rows import DenialRow, MailRow, denial_rows, end_of
from grants.presenters.story import Step, timeline_of
from grants.presenters.words import (
    UNREADABLE,
    StateWords,
    for_how_long,
    sentence_of,
    snapshot_of,
    state_words,
)

NOT_SENT: Final = "STS sent none"
ERASED: Final = "erased; its digest is kept"
TONES: Final = {
    Outcome.PENDING.value: "wait",
    Outcome.MINTED.value: "good",
    Outcome.FAILED.value: "bad",
    Outcome.UNKNOWN.value: "bad",
}


@dataclass(frozen=True, slots=True)
class FactLine:
    """One line of a list of facts: a text, or a moment."""

    words: str
    text: str = ""
    at: datetime | None = None
    is_code: bool = False
    typed: bool = False


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A line of the auditor's list."""

    reference: str
    sentence: str
    who: str
    vendor: str
    state: StateWords
    requested_at: datetime
    ends_at: datetime | None
    window: str


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One STS call."""

    name: str
    outcome: str
    tone: str
    facts: tuple[FactLine, ...]


@dataclass(frozen=True, slots=True)
class RowView:
    """One audit row as it stands in the chain."""

    seq: int | None
    at: datetime | None
    kind: str
    actor: str
    db_role: str
    facts: tuple[tuple[str, str], ...]
    digest: str


@dataclass(frozen=True, slots=True)
class ChainView:
    """What this page can say about the audit chain by itself."""

    words: str
    note: str
    tone: str


@dataclass(frozen=True, slots=True)
class StoryView:
    """The page."""

    reference: str
    sentence: str
    state: StateWords
    facts: tuple[FactLine, ...]
    steps: tuple[Step, ...]
    attempts: tuple[AttemptView, ...]
    denials: tuple[DenialRow, ...]
    mails: tuple[MailRow, ...]
    rows: tuple[RowView, ...]
    policy: str


def found_row(grant: Grant) -> FoundRow:
    """A grant in the auditor's list."""
    return FoundRow(
        reference=grant.reference,
        sentence=sentence_of(grant),
        who=grant.recipient.email,
        vendor=grant.vendor.name,
        state=state_words(grant.state),
        requested_at=grant.requested_at,
        ends_at=end_of(grant),
        window=grant.window.reference if grant.window else "",
    )


def story_view(grant: Grant, events: Sequence[AuditEvent], personal: Mapping[UUID, Mapping[str, str]]) -> StoryView:
    """A whole grant (everything prefetched) and its audit rows with their personal values."""
    snapshot = snapshot_of(grant)
    return StoryView(
        reference=grant.reference,
        sentence=snapshot.sentence if snapshot else UNREADABLE,
        state=state_words(grant.state),
        facts=_facts_of(grant),
        steps=timeline_of(grant, decisions=grant.decisions.all(), links=grant.links.all(), names=True),
        attempts=tuple(_attempt_view(attempt) for attempt in grant.attempts.all()),
        denials=denial_rows(grant),
        mails=mails_of(grant),
        rows=tuple(_row_view(event, personal.get(event.pk, {})) for event in events),
        policy=pretty(snapshot.policy) if snapshot else "",
    )


def chain_view(shown: int, breaks: Sequence[tuple[int, str]]) -> ChainView:
    """Whether each of the rows shown holds, personal values included. The whole chain is for the command."""
    if breaks:
        seq, what = breaks[0]
        return ChainView(
            f"Row {seq} of the audit chain does not hold: {what}.",
            "Run “manage.py audit verify” and treat this as an incident.",
            "bad",
        )
    return ChainView(
        f"The {shown} audit rows of this grant hold, digest by digest." if shown else "No audit row to check.",
        "“manage.py audit verify” proves the whole chain against the published heads.",
        "good" if shown else "wait",
    )


def head_view() -> ChainView:
    """How long the chain is, and where it ends."""
    last = AuditEvent.objects.order_by("-seq").only("seq", "link").first()
    if last is None:
        return ChainView("The audit chain is empty.", "", "")
    return ChainView(
        f"The audit chain has {last.seq} rows and ends in {bytes(last.link or b'').hex()[:16]}…",
        "“manage.py audit verify” proves it from its first row on.",
        "",
    )


def _facts_of(grant: Grant) -> tuple[FactLine, ...]:
    version = grant.template_version
    lines = [
        FactLine("Recipient", grant.recipient.email),
        FactLine("Requester", grant.requester.email),
        FactLine("Vendor", grant.vendor.name),
        FactLine("Template", f"{version.template.name}, version {version.number}"),
        FactLine("For how long", for_how_long(grant.seconds)),
        FactLine("Pre-approved window", grant.window.reference if grant.window else grant.window_note),
        FactLine("Why", grant.reason, typed=True),
        FactLine("Ticket", grant.ticket, typed=True),
        FactLine("Issuer", grant.issuer.user_arn, is_code=True),
        FactLine("Approved snapshot", grant.snapshot_hash, is_code=True),
        FactLine("Asked", at=grant.requested_at),
        FactLine("Picked up", "never") if grant.revealed_at is None else FactLine("Picked up", at=grant.revealed_at),
        FactLine("End", at=end_of(grant)),
        FactLine("Failure", grant.failure_code, is_code=True),
    ]
    return tuple(line for line in lines if line.text or line.at)


def _attempt_view(attempt: IssueAttempt) -> AttemptView:
    lines = [
        FactLine("Started", at=attempt.started_at),
        FactLine("Finished", at=attempt.finished_at),
        FactLine("Access key id", attempt.access_key_id, is_code=True),
        FactLine("Federated user", attempt.federated_arn, is_code=True),
        FactLine("Request id of STS", attempt.request_id, is_code=True),
        FactLine("Ends", at=attempt.expiration),
        FactLine("Error", attempt.error_code, is_code=True),
        FactLine("What AWS answered", attempt.error_detail),
    ]
    if attempt.outcome in {Outcome.MINTED, Outcome.DISCARDED}:
        lines += [
            FactLine("Packed policy size", _size(attempt.packed_policy_size, " %")),
            FactLine("Session token utilization", _size(attempt.token_utilization, " %")),
            FactLine("Session token size", _size(attempt.token_size, " bytes")),
        ]
    return AttemptView(
        name=attempt.name,
        outcome=Outcome(attempt.outcome).label,
        tone=TONES.get(attempt.outcome, ""),
        facts=tuple(line for line in lines if line.text or line.at),
    )


def _size(value: int | None, unit: str) -> str:
    return NOT_SENT if value is None else f"{value:,}{unit}"


def _row_view(event: AuditEvent, personal: Mapping[str, str]) -> RowView:
    payload: dict[str, Any] = json.loads(event.payload)
    facts = [(key, _fact_text(value)) for key, value in payload.get("facts", {}).items() if value != ""]
    facts += [(key, personal.get(key, ERASED)) for key in payload.get("personal", {})]
    return RowView(
        seq=event.seq,
        at=event.at,
        kind=event.kind,
        actor=str(payload.get("actor", "")),
        db_role=event.db_role,
        facts=tuple(facts),
        digest=bytes(event.row_digest or b"").hex(),
    )


def _fact_text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
