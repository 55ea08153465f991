"""Every active issuer, with the keys that this process has: the issue worker's, the revoke worker's, or both."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from grants import queries
from grants.flows.doctor.finding import ok, warned
from grants.flows.doctor.minting import examine_minting
from grants.flows.doctor.revoking import examine_revoking
from grants.models import Issuer, IssuerCircuit
from grants.values import Finding


@dataclass(frozen=True, slots=True)
class Place:
    """What to try to read: the data of a bucket below a prefix."""

    bucket: str
    prefix: str


def examine_issuers(
    *, mints: bool, revokes: bool, must: bool, place: Place | None, clock: Callable[[], datetime]
) -> Iterator[Finding]:
    """``mints`` and ``revokes``: whose keys to look for here; ``must``: a missing one is a failure and not a hint."""
    issuers = list(Issuer.objects.filter(is_active=True))
    if not issuers:
        yield warned("issuers: there is none", "Register one: manage.py create_issuer, or the page Issuers.")
    for issuer in issuers:
        if mints:
            yield from examine_minting(issuer=issuer, must=must, where=place_of(issuer, place), clock=clock)
        if revokes:
            yield from examine_revoking(issuer=issuer, must=must, now=clock())
        yield _circuit(issuer, queries.open_circuit_of(issuer))


def place_of(issuer: Issuer, asked: Place | None) -> tuple[str, str]:
    """A bucket and a prefix that the issuer's grants may read, or two empty texts."""
    if asked is not None:
        return asked.bucket, asked.prefix
    return queries.place_of_issuer(issuer)


def _circuit(issuer: Issuer, circuit: IssuerCircuit | None) -> Finding:
    if circuit is None:
        return ok(f"{issuer}: its circuit is closed, grants do not wait")
    since = f"{circuit.opened_at:%Y-%m-%d %H:%M} UTC"
    return warned(
        f"{issuer}: its circuit is open since {since} ({circuit.error_code}), its grants wait",
        "Mend what the lines about this issuer name; Daypass probes by itself and goes on.",
    )
