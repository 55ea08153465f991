"""Issuers in words: how each is doing, and what waits for a second admin."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.dateparse import parse_datetime

from grants import permissions, policies, queries
from grants.errors import refusal_named
from grants.models import Issuer, IssuerCircuit, IssuerPolicy, IssuerProposal, IssuerReading, User
from grants.models.issuer import IssuerKind
from grants.policy.sentence import describe_seconds
from grants.presenters.words import StateWords
from grants.queries import IssuerHealth

KEY_AGE_WARN: Final = timedelta(days=90)
SKEW_WARN: Final = 60
ON: Final = StateWords("Mints", "good", "")
OFF: Final = StateWords("Switched off", "", "")
TROUBLE: Final = StateWords("AWS refuses it", "bad", "")
UNKNOWN: Final = "unknown"
LABELS: Final = {
    "name": "Name",
    "kind": "Mints by",
    "account_id": "AWS account",
    "partition": "Partition",
    "region": "Region",
    "user_arn": "IAM user, or who assumes the role",
    "role_arn": "Role",
    "role_id": "Role's unique id",
    "mfa_serial": "MFA device",
    "profile": "Issue worker's profile",
    "revoker_profile": "Revoke worker's profile",
}


@dataclass(frozen=True, slots=True)
class IssuerRow:
    """A line of the list."""

    id: UUID
    name: str
    state: StateWords
    principal: str
    kind: str
    keys: str
    live: int


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of health; ``tone`` where somebody should look, ``at`` where it is a moment."""

    what: str
    words: str
    tone: str = ""
    at: datetime | None = None
    more: str = ""


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A managed policy of the list."""

    id: UUID
    name: str
    arn: str
    state: StateWords
    digest: str
    version: str
    read_at: datetime | None
    allowed_by: str
    allowed_at: datetime


@dataclass(frozen=True, slots=True)
class IssuerView:
    """An issuer's page."""

    issuer: Issuer
    state: StateWords
    longest: str
    facts: tuple[tuple[str, str], ...]
    signs: tuple[Sign, ...]
    policies: tuple[PolicyRow, ...]
    takes_policies: bool


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal as ``by`` may settle it. ``facts`` are what would be registered, word for word."""

    id: UUID
    name: str
    facts: tuple[tuple[str, str], ...]
    reason: str
    who: str
    asked_at: datetime
    outcome: str
    can_confirm: bool
    can_refuse: bool
    is_own: bool


def issuer_rows(by: User, now: datetime) -> tuple[IssuerRow, ...]:
    """The list."""
    return tuple(_row(issuer, now) for issuer in queries.issuers_for_admin(by))


def issuer_view(issuer: Issuer, now: datetime) -> IssuerView:
    """One issuer, whole."""
    health = queries.health_of(issuer, now)
    return IssuerView(
        issuer=issuer,
        state=_state(issuer, health.circuit),
        longest=describe_seconds(issuer.durations.maximum),
        facts=_facts({name: str(getattr(issuer, name)) for name in LABELS}),
        signs=(_circuit(health.circuit), *_signs(health, now)),
        policies=tuple(_policy_row(row, now) for row in queries.allowed_policies(issuer)),
        takes_policies=issuer.kind != "session",
    )


def proposal_view(proposal: IssuerProposal, by: User, now: datetime) -> ProposalView:
    """With what became of it."""
    is_open = proposal.confirmed_at is None and proposal.refused_at is None and proposal.expires_at > now
    return ProposalView(
        id=proposal.pk,
        name=proposal.name,
        facts=_facts(proposal.fields),
        reason=proposal.reason,
        who=str(proposal.asked_by),
        asked_at=proposal.asked_at,
        outcome=_outcome(proposal, now),
        can_confirm=is_open and permissions.allowed(permissions.check_may_confirm_issuer, by, proposal),
        can_refuse=is_open,
        is_own=proposal.asked_by_person == by.person,
    )


def _row(issuer: Issuer, now: datetime) -> IssuerRow:
    circuit = getattr(issuer, "circuit", None)
    keys = _keys(getattr(issuer, "reading", None), issuer, now)
    return IssuerRow(
        id=issuer.pk,
        name=issuer.name,
        state=_state(issuer, circuit if circuit and circuit.opened_at else None),
        principal=issuer.role_arn or issuer.user_arn,
        kind=issuer.get_kind_display(),
        keys=keys.words,
        live=getattr(issuer, "live", 0),
    )


def _facts(values: dict[str, str]) -> tuple[tuple[str, str], ...]:
    said = {**values, "kind": IssuerKind(values["kind"]).label}
    return tuple((words, said[name]) for name, words in LABELS.items() if said.get(name))


def _state(issuer: Issuer, circuit: IssuerCircuit | None) -> StateWords:
    if not issuer.is_active:
        return OFF
    return TROUBLE if circuit else ON


def _circuit(circuit: IssuerCircuit | None) -> Sign:
    if circuit is None:
        return Sign("Circuit", "closed: AWS takes its calls", "good")
    refusal = refusal_named(circuit.error_code)
    said = f"{refusal.sentence} {refusal.way_on}" if refusal else ""
    return Sign("Circuit", f"open ({circuit.error_code}): its grants wait", "bad", at=circuit.opened_at, more=said)


def _signs(health: IssuerHealth, now: datetime) -> tuple[Sign, ...]:
    reading = health.reading
    return (
        Sign("Last success", "" if health.last_success else "never yet", at=health.last_success),
        _keys(reading, health.issuer, now),
        Sign("Live grants", str(health.live)),
        Sign(
            "Throttled in the last hour",
            "1 call" if health.throttled == 1 else f"{health.throttled} calls",
            "wait" if health.throttled else "",
        ),
        _clock(health),
        _boundary(reading),
        _read(reading),
    )


def _keys(reading: IssuerReading | None, issuer: Issuer, now: datetime) -> Sign:
    if issuer.kind == "role":
        return Sign("Access keys", "none of its own: it is assumed")
    if reading is None or reading.keys is None:
        return Sign("Access keys", f"{UNKNOWN}: the revoker has not read them, or may not", "wait")
    active = [key for key in reading.keys if key["is_active"]]
    ages = {key["ending"]: now - (parse_datetime(key["created_at"]) or now) for key in active}
    words = ", ".join(f"…{ending}, {age.days} days old" for ending, age in ages.items()) or "none is active"
    is_old = any(age > KEY_AGE_WARN for age in ages.values())
    return Sign("Access keys", words, "wait" if is_old or len(active) != 1 else "")


def _clock(health: IssuerHealth) -> Sign:
    if health.clock_ahead is None:
        return Sign("Clock", f"{UNKNOWN}: no answer has told it yet")
    tone = "bad" if abs(health.clock_ahead) >= SKEW_WARN else ""
    return Sign("Clock", f"{health.clock_ahead:+d} seconds against AWS's", tone, at=health.clock_at)


def _boundary(reading: IssuerReading | None) -> Sign:
    if reading is None or reading.read_at is None:
        return Sign("Permissions boundary", UNKNOWN, "wait")
    if not reading.boundary_arn:
        return Sign("Permissions boundary", "none: nothing limits what a policy on it may allow", "bad")
    return Sign("Permissions boundary", reading.boundary_arn)


def _read(reading: IssuerReading | None) -> Sign:
    if reading is None:
        return Sign("Read at IAM", "not yet: the revoke worker does it within a minute", "wait")
    if reading.error_code:
        refusal = refusal_named(reading.error_code)
        words = f"refused ({reading.error_code})"
        return Sign("Read at IAM", words, "bad", at=reading.tried_at, more=refusal.sentence if refusal else "")
    return Sign("Read at IAM", "", at=reading.read_at)


def _policy_row(row: IssuerPolicy, now: datetime) -> PolicyRow:
    return PolicyRow(
        id=row.pk,
        name=row.name,
        arn=row.arn,
        state=_policy_state(row, now),
        digest=row.digest,
        version=row.version_id,
        read_at=row.read_at,
        allowed_by=str(row.allowed_by),
        allowed_at=row.allowed_at,
    )


def _policy_state(row: IssuerPolicy, now: datetime) -> StateWords:
    if row.error_code:
        return StateWords(f"cannot be read ({row.error_code})", "bad", "")
    if row.read_at is None:
        return StateWords("not read yet", "wait", "")
    if row.read_at < now - policies.POLICY_FRESH:
        return StateWords("not read lately: grants wait", "wait", "")
    return StateWords("may be named", "good", "")


def _outcome(proposal: IssuerProposal, now: datetime) -> str:
    if proposal.confirmed_at is not None:
        return f"Confirmed by {proposal.confirmed_by}"
    if proposal.refused_at is not None:
        return f"Refused by {proposal.refused_by}"
    return "Waiting for a second admin" if proposal.expires_at > now else "Too old: nobody confirmed it in time"
