"""The only writer of audit events; the database chains them."""

import hashlib
import json
import secrets
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Final, TypeAlias

from django.db import connection

from grants.models import AuditEvent, AuditPersonal, User
from grants.models.rows import New, write_all
from grants.values import Proof

Fact: TypeAlias = str | int | bool | list[str] | None

GENESIS: Final = b"\0" * 32


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: an account, or a part of the system by name."""

    name: str
    user_id: uuid.UUID | None = None
    email: str = ""
    proof: Proof | None = None


def actor_of(user: User) -> Actor:
    """An account as an actor, with the second factor it showed for this."""
    return Actor(name="user", user_id=user.pk, email=user.email, proof=user.proof)


ISSUE_WORKER: Final = Actor("issue worker")
REVOKE_WORKER: Final = Actor("revoke worker")
MAIL_WORKER: Final = Actor("mail worker")
CLOCK: Final = Actor("clock")
OPERATOR: Final = Actor("operator")
RECIPIENT: Final = Actor("recipient")


def record_event(
    *,
    kind: str,
    subject: str,
    actor: Actor,
    facts: Mapping[str, Fact] | None = None,
    personal: Mapping[str, str] | None = None,
) -> None:
    """Append one event in the caller's transaction; no audit row, no effect."""
    if not connection.in_atomic_block:
        raise RuntimeError("an audit row belongs to the transaction of the change it records")
    write_all(*rows_of_event(kind=kind, subject=subject, actor=actor, facts=facts, personal=personal))


def rows_of_event(
    *,
    kind: str,
    subject: str,
    actor: Actor,
    facts: Mapping[str, Fact] | None = None,
    personal: Mapping[str, str] | None = None,
) -> list[New]:
    """The rows of one event, to be written in one statement with what it records, and behind that.

    ``facts`` stand in the row as they are. ``personal`` values enter as salted SHA-256 with the value in a side table,
    so that they can be erased and the chain still holds. Neither may hold a secret.
    """
    event_id, sides, digests = uuid.uuid4(), [], {}
    for name, value in {**(personal or {}), **({"actor_email": actor.email} if actor.email else {})}.items():
        salt = secrets.token_bytes(16)
        sides.append(New(AuditPersonal, {"event": event_id, "field": name, "salt": salt, "value": value}))
        digests[name] = personal_digest(salt, value)
    payload = {
        "actor": actor.name,
        "actor_id": str(actor.user_id) if actor.user_id else None,
        "facts": {**(facts or {}), **_shown(actor)},
        "personal": digests,
    }
    event = {"id": event_id, "kind": kind, "subject": subject, "payload": canonical(payload)}
    # The event is the last of the statement: from it to the commit every other one waits for the chain's head.
    return [*sides, New(AuditEvent, event)]


def _shown(actor: Actor) -> dict[str, Fact]:
    """Which second factor stands behind an act, and how many seconds old it was."""
    return {"mfa": actor.proof.method, "mfa_age_seconds": actor.proof.age_seconds} if actor.proof else {}


def canonical(payload: Mapping[str, object]) -> str:
    """JSON with sorted keys and no white space."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def personal_digest(salt: bytes, value: str) -> str:
    """SHA-256 of salt and value, in hex."""
    return hashlib.sha256(salt + value.encode()).hexdigest()


def row_digest(event: AuditEvent) -> bytes:
    """SHA-256 over the row's own fields, as the trigger computes it: one field a line."""
    at = event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if event.at else ""
    fields = (
        str(event.seq),
        str(event.pk),
        at,
        str(event.txid),
        event.db_role,
        event.kind,
        event.subject,
        event.payload,
    )
    return hashlib.sha256("\n".join(fields).encode()).digest()


def chain_link(previous: bytes, digest: bytes) -> bytes:
    """SHA-256 over the previous link and this row's digest."""
    return hashlib.sha256(previous + digest).digest()


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold: the sequence number and what is wrong there."""

    seq: int
    what: str


def verify_chain(events: Iterator[AuditEvent]) -> Iterator[Break]:
    """Every break from the first row on, in order; nothing when the chain holds."""
    previous, expected = GENESIS, 1
    for event in events:
        seq = event.seq or 0
        if seq != expected:
            yield Break(expected, f"row {expected} is missing" if seq > expected else f"row {seq} appears twice")
        if bytes(event.previous or b"") != previous:
            yield Break(seq, "the row does not follow the one before it")
        yield from verify_row(event)
        previous, expected = bytes(event.link or b""), seq + 1


def verify_row(event: AuditEvent) -> Iterator[Break]:
    """What is wrong with one row, looked at by itself."""
    if bytes(event.row_digest or b"") != row_digest(event):
        yield Break(event.seq or 0, "the row was altered")
    if bytes(event.link or b"") != chain_link(bytes(event.previous or b""), bytes(event.row_digest or b"")):
        yield Break(event.seq or 0, "the link was altered")


def verify_personal(events: Iterator[AuditEvent], sides: Mapping[uuid.UUID, list[AuditPersonal]]) -> Iterator[Break]:
    """Every side value that is not the one whose digest the event holds; an erased one is not a break."""
    for event in events:
        digests = json.loads(event.payload).get("personal", {})
        for side in sides.get(event.pk, []):
            if digests.get(side.field) != personal_digest(bytes(side.salt), side.value):
                yield Break(event.seq or 0, f"the personal value {side.field} was altered")
