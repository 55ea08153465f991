"""The portal looks at itself: whatever must always hold and does not is named, for operator and auditor."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog

from grants.queries.invariants import INVARIANTS, Head, Invariant, Offence, offences_against

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Checked:
    """One invariant and what offends it; nothing when it holds."""

    invariant: Invariant
    offences: tuple[Offence, ...]


def check_invariants(*, now: datetime, published: Iterable[str] = ()) -> list[Checked]:
    """Ask for one invariant after the other, and log what does not hold; reads only.

    ``published`` are lines that ``manage.py audit head`` printed.
    """
    heads = [Head(int(seq), bytes.fromhex(link)) for _, seq, link in map(str.split, published)]
    checked = [
        Checked(invariant, tuple(offences_against(invariant, now=now, heads=heads)))
        for invariant in INVARIANTS.values()
    ]
    for each in checked:
        for offence in each.offences:
            log.error("invariant_broken", invariant=each.invariant.code, reference=offence.reference, what=offence.what)
    return checked
