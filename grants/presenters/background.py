"""What an approver should know about a request besides its own words: what came before it, what has changed since."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from grants import queries
from grants.lifecycle import State
from grants.models import Grant
from grants.policy.compare import Difference, differences
from grants.presenters.words import snapshot_of

HISTORY: Final = (
    ("asked for", set(State)),
    ("picked up and ended by itself", {State.ENDED}),
    ("working now or about to", {State.APPROVED, State.ISSUING, State.ISSUED, State.REVEALED}),
    ("revoked", {State.REVOKED}),
    ("never picked up", {State.EXPIRED}),
    ("denied", {State.DENIED}),
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something became of what this person, and the whole vendor, asked for."""

    what: str
    person: int
    vendor: int


@dataclass(frozen=True, slots=True)
class Background:
    """``last`` is the reference of the recipient's last approved grant of this template, "" for none."""

    last: str
    last_at: datetime | None
    differences: tuple[Difference, ...]
    last_reads: bool
    tallies: tuple[Tally, ...]
    since: datetime


def background_of(grant: Grant, now: datetime) -> Background:
    """What stands beside the request on its card."""
    last = queries.last_of_template(grant)
    old, new = snapshot_of(last) if last else None, snapshot_of(grant)
    since = now - queries.HISTORY
    counts = queries.states_of_vendor(grant, since)
    return Background(
        last=last.reference if last else "",
        last_at=last.requested_at if last else None,
        differences=differences(old, new) if old and new else (),
        last_reads=bool(old and new),
        tallies=tuple(_tally(what, states, counts) for what, states in HISTORY),
        since=since,
    )


def _tally(what: str, states: set[State], counts: list[tuple[str, int, int]]) -> Tally:
    found = [(person, vendor) for state, person, vendor in counts if State(state) in states]
    return Tally(what, sum(person for person, _ in found), sum(vendor for _, vendor in found))
