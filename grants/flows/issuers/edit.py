"""What one admin may change of an issuer: its name, its Region, and whether it mints.

Which keys it uses is an operator's: another profile is another user, or a revoker that revokes nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from grants import audit, dispatch, permissions, queries
from grants.errors import FieldError
from grants.flows.issuers.register import check_fields, subject_of
from grants.models import Issuer, User


@dataclass(frozen=True, slots=True)
class IssuerNames:
    """What may change. Grants that were approved before keep the old values, and are refused."""

    name: str
    region: str


@dataclass(frozen=True, slots=True)
class IssuerProfiles:
    """Whose keys mint, and whose revoke; their entries in the workers' AWS files."""

    profile: str
    revoker_profile: str


def edit_issuer(*, issuer_id: UUID, names: IssuerNames, by: User, now: datetime) -> Issuer:
    """Save what differs, with what it was before; FieldError at the field."""
    del now
    permissions.check_template_admin(by)
    with transaction.atomic():
        issuer = queries.issuer_for(by, issuer_id, lock=True)
        _save(issuer, asdict(names), audit.actor_of(by))
    return issuer


def set_profiles(*, name: str, profiles: IssuerProfiles, now: datetime) -> Issuer:
    """By an operator, who has the workers' files in hand; FieldError at the field."""
    del now
    with transaction.atomic():
        issuer = Issuer.objects.select_for_update(no_key=True).filter(name=name).first()
        if issuer is None:
            raise FieldError("name", "There is no issuer of that name.")
        _save(issuer, asdict(profiles), audit.OPERATOR)
    return issuer


def _save(issuer: Issuer, wanted: Mapping[str, str], actor: audit.Actor) -> None:
    held = {field: str(getattr(issuer, field)) for field in wanted}
    before = {field: old for field, old in held.items() if old != wanted[field]}
    for field in before:
        setattr(issuer, field, wanted[field])
    check_fields(issuer)
    if not before:
        return
    issuer.save(update_fields=sorted(before))
    facts: dict[str, audit.Fact] = {"issuer": issuer.name}
    for field, old in before.items():
        facts |= {field: wanted[field], f"{field}_before": old}
    _record("issuer.changed", issuer, actor, facts)
    dispatch.ring_after_commit(dispatch.READ_ISSUER, issuer.pk)


def switch_issuer(*, issuer_id: UUID, is_active: bool, by: User, now: datetime) -> Issuer:
    """Let it mint, or not: what was minted lives on until it ends or is revoked, and may still be denied."""
    del now
    permissions.check_template_admin(by)
    with transaction.atomic():
        issuer = queries.issuer_for(by, issuer_id, lock=True)
        if issuer.is_active != is_active:
            issuer.is_active = is_active
            issuer.save(update_fields=["is_active"])
            _record(
                "issuer.switched_on" if is_active else "issuer.switched_off",
                issuer,
                audit.actor_of(by),
                {"issuer": issuer.name},
            )
    return issuer


def _record(kind: str, issuer: Issuer, actor: audit.Actor, facts: dict[str, audit.Fact]) -> None:
    audit.record_event(kind=kind, subject=subject_of(issuer), actor=actor, facts=facts)
