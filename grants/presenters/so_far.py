"""Who has signed and what has happened, on the card; and whether that is still what its reader saw."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from grants.lifecycle import State
from grants.models import Grant
from grants.presenters.questions import Asked
from grants.presenters.story import Step, timeline_of
from grants.presenters.words import progress_of, signed_by


@dataclass(frozen=True, slots=True)
class SoFar:
    """``seen`` names what stands here, ``since`` what its reader saw first; ``is_open``: nobody has decided."""

    reference: str
    signatures: str
    signers: str
    steps: tuple[Step, ...]
    is_open: bool
    seen: str
    since: str

    @property
    def has_changed(self) -> bool:
        """Whether the rest of the page is older than this."""
        return self.seen != self.since


def so_far_view(grant: Grant, asked: Sequence[Asked], since: str = "") -> SoFar:
    """Of a grant with its decisions, narrowings and links; ``since`` is "" for whoever opens the page."""
    seen = _fingerprint(grant, asked)
    return SoFar(
        reference=grant.reference,
        signatures=progress_of(grant),
        signers=signed_by(grant),
        steps=timeline_of(grant, decisions=grant.decisions.all(), links=grant.links.all(), names=True),
        is_open=grant.state == State.REQUESTED,
        seen=seen,
        since=since or seen,
    )


def _fingerprint(grant: Grant, asked: Sequence[Asked]) -> str:
    answered = sum(bool(each.answer) for each in asked)
    parts = (grant.state, grant.snapshot_hash, progress_of(grant), signed_by(grant), str(len(asked)), str(answered))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
