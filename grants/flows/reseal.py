"""What rests sealed moves under the newest key, so that an old one can be taken out."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from grants import audit
from grants.errors import SealError
from grants.gateways import sealing
from grants.models import SealedCredential


@dataclass(frozen=True, slots=True)
class SealedText:
    """One sealed value: for what and for which row, and how it is replaced, if it is still the same, by another."""

    purpose: str
    aad: bytes
    sealed: bytes = field(repr=False)
    replace: Callable[[bytes], bool] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Credentials that nobody has picked up yet: they move under no other key, and die at the latest at ``until``."""

    count: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Resealed:
    """``used``: how many texts rest under each key id, as found. ``broken``: how many of them do not open."""

    newest: str
    used: Mapping[str, int]
    broken: Mapping[str, int]
    moved: int
    waiting: Mapping[str, Waiting]

    def needs(self, key_id: str) -> bool:
        """Whether anything would be lost without this key now, when everything that opens has been moved."""
        return key_id == self.newest or key_id in self.broken or key_id in self.waiting


def look_at_seals(*, texts: Iterable[SealedText]) -> Resealed:
    """Open everything and change nothing."""
    return _count(texts, move=False)


def reseal(*, texts: Iterable[SealedText], now: datetime) -> Resealed:
    """Seal everything that opens under the newest key; one audit row for all of it. Again, it finds nothing to do.

    A value that somebody changes meanwhile is left to them: whatever is written is written under the newest key.
    """
    del now
    with transaction.atomic():
        done = _count(texts, move=True)
        if done.moved:
            facts: dict[str, audit.Fact] = {
                "moved": done.moved,
                "broken": sum(done.broken.values()),
                "newest": done.newest,
                "from": sorted(set(done.used) - {done.newest}),
            }
            audit.record_event(kind="seals.renewed", subject="installation", actor=audit.OPERATOR, facts=facts)
    return done


def _count(texts: Iterable[SealedText], *, move: bool) -> Resealed:
    newest = sealing.newest_key_id()
    used, broken, moved = Counter[str](), Counter[str](), 0
    for text in texts:
        try:
            key_id = sealing.key_id_of(text.sealed)
        except SealError:
            key_id = "unknown"
        used[key_id] += 1
        try:
            plaintext = sealing.open_at_rest(sealed=text.sealed, purpose=text.purpose, aad=text.aad)
        except SealError:
            broken[key_id] += 1
            continue
        if move and key_id != newest:
            sealed = sealing.seal_at_rest(plaintext=plaintext, purpose=text.purpose, aad=text.aad)
            moved += text.replace(sealed)
    return Resealed(newest, used, broken, moved, _waiting())


def _waiting() -> dict[str, Waiting]:
    rows = SealedCredential.objects.exclude(ciphertext=None).exclude(key_id="").values("key_id").order_by("key_id")
    found = {}
    for row in rows.annotate(until=Max("attempt__expiration")):
        count = SealedCredential.objects.exclude(ciphertext=None).filter(key_id=row["key_id"]).count()
        found[row["key_id"]] = Waiting(count, row["until"])
    return found
