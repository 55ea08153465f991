"""A pre-approved window by value: what approvers sign once, and whether one request fits into it."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from grants.errors import StaleSnapshotError
from grants.policy.offer import Asking, Offer, offer_from_json, offer_to_json
from grants.policy.sentence import describe_grant, describe_seconds
from grants.policy.snapshot import hash_of

FORMAT: Final = "window 1"  # no snapshot has such a format: a signature over one is none over the other
SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody whom a window is for, with whoever invited them: none of the persons signs it."""

    email: str
    person: str
    inviter: str


@dataclass(frozen=True, slots=True)
class Terms:
    """A window: version, recipients, ceiling and end date. ``ends_at`` is ISO 8601; ``recipients`` are sorted."""

    reference: str
    vendor: str
    offer: Offer
    recipients: tuple[Named, ...]
    seconds_max: int
    grants_max: int
    ends_at: str

    @property
    def end(self) -> datetime:
        """When nothing more may run under it."""
        return datetime.fromisoformat(self.ends_at)

    @property
    def sentence(self) -> str:
        """The sentence that people sign."""
        each = describe_grant(self.offer.scope, self.seconds_max)
        times = "once" if self.grants_max == 1 else f"{self.grants_max} times"
        return f"{each[:-1]} each time, {times} in all, for {self.whom}, until {_day(self.end)}."

    @property
    def whom(self) -> str:
        """For example: carol@acme.example and dan@acme.example; of many the first and how many more."""
        emails = [named.email for named in self.recipients]
        more = len(emails) - SHOWN
        shown = [*emails[:SHOWN], f"{more} more"] if more > 0 else emails
        return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"

    @property
    def bound(self) -> frozenset[UUID]:
        """The persons who never sign it: whom it is for, and whoever invited them."""
        persons = {UUID(each) for named in self.recipients for each in (named.person, named.inviter)}
        return frozenset(persons - {UUID(int=0)})


def _day(end: datetime) -> str:
    day = end.astimezone(UTC)
    return f"the end of {day.day} {day:%b %Y} (UTC)"


def terms_to_canonical(terms: Terms) -> str:
    """Canonical JSON: sorted keys, no white space, ASCII."""
    document = {**asdict(terms), "offer": offer_to_json(terms.offer), "format": FORMAT}
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def terms_from_canonical(canonical: str, *, expected_hash: str) -> Terms:
    """Read a window back; refuses one whose hash or format is not what it should be."""
    if hash_of(canonical) != expected_hash:
        raise StaleSnapshotError("window hash differs")
    try:
        return _read(json.loads(canonical))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StaleSnapshotError("not a window") from error


def _read(document: dict[str, Any]) -> Terms:
    if document.pop("format") != FORMAT:
        raise StaleSnapshotError("unknown window format")
    document["offer"] = offer_from_json(document["offer"])
    document["recipients"] = tuple(Named(**named) for named in document["recipients"])
    return Terms(**document)


def misfit_of(terms: Terms, asking: Asking, *, version: str, start: datetime) -> str:
    """Why a request does not fit the window, or "" where it does; how often it was used is not asked here."""
    whom = (asking.recipient, asking.recipient_person)
    if asking.vendor != terms.vendor or whom not in {(named.email, named.person) for named in terms.recipients}:
        return "it is for other people"
    if version != terms.offer.version:
        return "the template has been published anew since"
    if asking.seconds > terms.seconds_max:
        return f"it allows {describe_seconds(terms.seconds_max)} at most"
    if start + timedelta(seconds=asking.seconds) > terms.end:
        return f"this would run beyond its end, {_day(terms.end)}"
    if not terms.offer.takes(ticket=asking.ticket, folder=asking.folder):
        return "ticket or folder are not of the form that was signed"
    return ""
