"""The circuit of an issuer: while AWS refuses its keys or permissions, one probe at a time and nothing else."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Final
from uuid import UUID

from django.conf import settings

from grants import audit, ledger, policies, queries
from grants.errors import GrantError, StsError
from grants.models import Issuer, IssuerCircuit

PROBE_WAITS: Final = (
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=2),
    timedelta(minutes=5),
)
TELL_EVERY: Final = timedelta(hours=1)


class Turn(Enum):
    """What an attempt may do now."""

    GO = "go"
    PROBE = "probe"
    WAIT = "wait"


def take_turn(issuer_id: UUID, *, now: datetime) -> Turn:
    """Whether STS may be called for an issuer in trouble; a probe is one worker's, and lapses with its attempt's lease.

    Call it under the grant's lock and before the first audit row: grant, circuit, audit head is the order of locks.
    """
    is_open = IssuerCircuit.objects.filter(issuer_id=issuer_id, opened_at__isnull=False)
    if is_open.filter(probe_at__lte=now).update(probe_at=now + policies.LEASE):
        return Turn.PROBE
    return Turn.WAIT if is_open.exists() else Turn.GO


def note_success(*, issuer: Issuer, began_at: datetime, now: datetime) -> None:
    """STS gave credentials, or saw what is wrong with one grant: close the circuit, if it is open.

    A call that began before it opened proves nothing about what came after.
    """
    is_open = IssuerCircuit.objects.select_for_update().filter(issuer=issuer, opened_at__lte=began_at)
    circuit = is_open.first()
    if circuit is None or circuit.opened_at is None:
        return
    facts: dict[str, audit.Fact] = {
        "code": circuit.error_code,
        "seconds": round((now - circuit.opened_at).total_seconds()),
    }
    circuit.opened_at = circuit.probe_at = None
    circuit.error_code, circuit.failures = "", 0
    circuit.save()
    _record("circuit.closed", issuer, facts)


def note_refusal(*, issuer: Issuer, error: GrantError, is_probe: bool, began_at: datetime, now: datetime) -> None:
    """STS gave nothing: open the circuit for the issuer's own trouble, keep it open after a probe that proved nothing.

    What was under way when it opened changes nothing: only a probe puts the next probe off.
    """
    if isinstance(error, StsError) and error.proves_issuer:
        note_success(issuer=issuer, began_at=began_at, now=now)
    elif isinstance(error, StsError) and error.opens_circuit:
        _open(issuer, error, now, is_probe=is_probe)
    elif is_probe:
        IssuerCircuit.objects.filter(issuer=issuer, opened_at__isnull=False).update(probe_at=now + PROBE_WAITS[0])


def _open(issuer: Issuer, error: StsError, now: datetime, *, is_probe: bool) -> None:
    IssuerCircuit.objects.bulk_create([IssuerCircuit(issuer=issuer)], ignore_conflicts=True)
    circuit = IssuerCircuit.objects.select_for_update().get(issuer=issuer)
    is_new = circuit.opened_at is None
    if is_new:
        circuit.opened_at, circuit.failures = now, 0
    elif is_probe:
        circuit.failures += 1
    else:
        return
    circuit.error_code = error.code
    circuit.probe_at = now + PROBE_WAITS[min(circuit.failures, len(PROBE_WAITS) - 1)]
    is_time = circuit.told_at is None or now - circuit.told_at >= TELL_EVERY
    if is_time:
        circuit.told_at = now
    circuit.save()
    if is_time:
        _tell(circuit, error, now)
    if is_new:
        _record("circuit.opened", issuer, {"code": error.code, "detail": error.detail[:300]})


def _tell(circuit: IssuerCircuit, error: StsError, now: datetime) -> None:
    for address in queries.template_admin_addresses():
        context = {
            "issuer": circuit.issuer.name,
            "account": circuit.issuer.account_id,
            "code": error.code,
            "trouble": error.sentence,
            "way_on": error.way_on,
            "opened_at": circuit.opened_at.isoformat() if circuit.opened_at else "",
            "public_url": settings.PUBLIC_URL,
            "next_url": f"{settings.PUBLIC_URL}/grants/",
        }
        ledger.queue_mail(order=ledger.MailOrder("issuer_trouble", address, context), grant=None, now=now)


def _record(kind: str, issuer: Issuer, facts: dict[str, audit.Fact]) -> None:
    audit.record_event(
        kind=kind,
        subject=f"issuer {issuer.account_id}",
        actor=audit.ISSUE_WORKER,
        facts={"issuer": issuer.name, **facts},
    )
