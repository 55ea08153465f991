"""The approver's queue: its lines, what to look at twice, and how to get to the rest of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from grants import queries
from grants.errors import GrantError
from grants.models import Grant
from grants.policies import REQUEST_LIFE
from grants.policy.compare import differences
from grants.policy.mailbox import domain_of, is_free_mail
from grants.policy.snapshot import Snapshot
from grants.presenters.words import (
    UNREADABLE,
    age_in_words,
    for_how_long,
    left_in_words,
    progress_of,
    signed_by,
    snapshot_of,
)
from grants.queries.queue import MANY, SOON, Queue, QueueAsk

FLAGS: Final = {
    "write": "can write",
    "delete": "can delete",
    "unbound": "no prefix",
    "long": "over 12 hours",
    "first": "first time",
    "free-mail": "free-mail address",
    "contract": "contract ends soon",
    "managed": "managed policies",
    "session": "all rights of a user",
    "custom": "custom policy",
    "asked": "question open",
    "answered": "question answered",
}
SHOWS: Final = {"waiting": "Waiting for me", "signed": "Signed by me", "all": "All undecided"}
SORTS: Final = {
    "oldest": "the oldest first",
    "newest": "the newest first",
    "soonest": "the soonest booked start first",
    "longest": "the longest access first",
}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A line of the approver's queue. ``flags`` are worth a second look; ``compared`` names the last such grant."""

    reference: str
    sentence: str
    who: str
    vendor: str
    hours: str
    age: str
    requested_at: datetime
    starts_at: datetime | None
    decide_by: datetime
    left: str
    flags: tuple[str, ...]
    signatures: str
    signers: str
    compared: str
    snapshot_hash: str


@dataclass(frozen=True, slots=True)
class Tab:
    """A way to show the queue, with how many there are of it."""

    words: str
    count: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class QueueView:
    """The page: its lines, its tabs, the addresses of what comes before and after."""

    rows: tuple[QueueRow, ...]
    tabs: tuple[Tab, ...]
    sorted_by: str
    before_url: str
    after_url: str
    first_url: str
    is_filtered: bool
    is_one_template: bool


def queue_view(queue: Queue, ask: QueueAsk, now: datetime) -> QueueView:
    """One page of the queue."""
    last_ones = queries.last_ones(queue.grants)
    rows = tuple(queue_row(grant, now, last_ones.get(grant.pk)) for grant in queue.grants)
    start = replace(ask, after="", before="")
    is_turned = bool(ask.after or ask.before)
    return QueueView(
        rows=rows,
        tabs=tuple(
            Tab(words, _count(queue.counts[show]), _url(replace(start, show=show)), show == ask.show)
            for show, words in SHOWS.items()
        ),
        sorted_by=SORTS[ask.sort],
        before_url=_url(replace(start, before=rows[0].reference)) if queue.has_before and rows else "",
        after_url=_url(replace(start, after=rows[-1].reference)) if queue.has_after and rows else "",
        first_url=_url(start) if is_turned else "",
        is_filtered=bool(ask.vendor or ask.template or ask.flag or ask.words),
        is_one_template=bool(ask.template),
    )


def queue_row(grant: Grant, now: datetime, last: Grant | None = None) -> QueueRow:
    """A grant as it waits for a decision; one that does not read back is shown and flagged, never lost."""
    snapshot = snapshot_of(grant)
    decide_by = decide_by_of(grant)
    return QueueRow(
        reference=grant.reference,
        sentence=snapshot.sentence if snapshot else UNREADABLE,
        who=grant.recipient.email,
        vendor=grant.vendor.name,
        hours=for_how_long(grant.seconds),
        age=age_in_words(grant.requested_at, now),
        requested_at=grant.requested_at,
        starts_at=grant.starts_at,
        decide_by=decide_by,
        left=left_in_words(decide_by, now),
        flags=flags_of(grant, snapshot, now, is_known=getattr(grant, "is_known", True)),
        signatures=progress_of(grant) if grant.decisions.all() else "",
        signers=signed_by(grant),
        compared=_compared(last, snapshot),
        snapshot_hash=grant.snapshot_hash,
    )


def decide_by_of(grant: Grant) -> datetime:
    """When it lapses undecided, or begins without a decision, whichever comes first."""
    lapses_at = grant.requested_at + REQUEST_LIFE
    return min(lapses_at, grant.starts_at) if grant.starts_at else lapses_at


def flags_of(grant: Grant, snapshot: Snapshot | None, now: datetime, *, is_known: bool) -> tuple[str, ...]:
    """What an approver should look at twice; ``is_known``: the recipient has picked something up before."""
    if snapshot is None:
        return ("does not read back",)
    found = set(grant.risks)
    found |= {"first"} if not is_known else set()
    found |= {"contract"} if grant.vendor.contract_ends_at < now + SOON else set()
    found |= {"free-mail"} if is_free_mail(domain_of(grant.recipient.email)) else set()
    if getattr(grant, "was_asked", False):
        found |= {"asked" if getattr(grant, "is_unanswered", False) else "answered"}
    return tuple(words for flag, words in FLAGS.items() if flag in found)


def _compared(last: Grant | None, snapshot: Snapshot | None) -> str:
    """For example: "like 7WQ4M2XK9C of 3 Mar 2026, 2 differences"."""
    if last is None or snapshot is None:
        return ""
    when = f"{last.requested_at:%-d %b %Y}"
    try:
        count = len(differences(_read(last), snapshot))
    except GrantError:
        return f"the last one, of {when}, does not read back"
    if not count:
        return f"the same as on {when}"
    return f"like on {when}, with {count} difference{'s' * (count != 1)}"


def _read(grant: Grant) -> Snapshot:
    snapshot = snapshot_of(grant)
    if snapshot is None:
        raise GrantError("does not read back")
    return snapshot


def _count(count: int) -> str:
    return f"over {MANY}" if count > MANY else str(count)


def _url(ask: QueueAsk) -> str:
    """The same page by its address alone: what is as usual is left out."""
    usual: Mapping[str, str] = asdict(QueueAsk())
    return "?" + urlencode({name: value for name, value in asdict(ask).items() if value != usual[name]})
