"""What one admin may change of an issuer: its names, its Region, and whether it mints. Its principal stays."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from grants import audit, dispatch, permissions, queries
from grants.flows.issuers.register import check_fields, subject_of
from grants.models import Issuer, User


@dataclass(frozen=True, slots=True)
class IssuerNames:
    """What may change. Grants that were approved before keep the old values, and are refused."""

    name: str
    region: str
    profile: str
    revoker_profile: str


def edit_issuer(*, issuer_id: UUID, names: IssuerNames, by: User, now: datetime) -> Issuer:
    """Save what differs, with what it was before; FieldError at the field."""
    del now
    permissions.check_template_admin(by)
    with transaction.atomic():
        issuer = queries.issuer_for(by, issuer_id, lock=True)
        wanted = asdict(names)
        held = {field: str(getattr(issuer, field)) for field in wanted}
        before = {field: old for field, old in held.items() if old != wanted[field]}
        for field in before:
            setattr(issuer, field, wanted[field])
        check_fields(issuer)
        if before:
            issuer.save(update_fields=sorted(before))
            facts: dict[str, audit.Fact] = {"issuer": issuer.name}
            for field, old in before.items():
                facts |= {field: wanted[field], f"{field}_before": old}
            _record("issuer.changed", issuer, by, facts)
            dispatch.ring_after_commit(dispatch.READ_ISSUER, issuer.pk)
    return issuer


def switch_issuer(*, issuer_id: UUID, is_active: bool, by: User, now: datetime) -> Issuer:
    """Let it mint, or not: what was minted lives on until it ends or is revoked, and may still be denied."""
    del now
    permissions.check_template_admin(by)
    with transaction.atomic():
        issuer = queries.issuer_for(by, issuer_id, lock=True)
        if issuer.is_active != is_active:
            issuer.is_active = is_active
            issuer.save(update_fields=["is_active"])
            _record("issuer.switched_on" if is_active else "issuer.switched_off", issuer, by, {"issuer": issuer.name})
    return issuer


def _record(kind: str, issuer: Issuer, by: User, facts: dict[str, audit.Fact]) -> None:
    audit.record_event(kind=kind, subject=subject_of(issuer), actor=audit.actor_of(by), facts=facts)
