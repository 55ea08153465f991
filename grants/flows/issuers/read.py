"""The revoke worker reads at IAM what there is to know about an issuer: keys, boundary, allowed policies."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from grants import audit, queries
from grants.errors import RevokeError
from grants.flows.issuers.register import subject_of
from grants.gateways import iam_reader
from grants.models import Issuer, IssuerPolicy, IssuerReading
from grants.models.issuer_policy import ALLOWED
from grants.values import AccessKey, Principal


def read_at_iam(*, issuer_id: UUID, clock: Callable[[], datetime]) -> None:
    """One worker an issuer at a time. What IAM does not say stays as it was, with the reason and its old time."""
    with queries.only_one_for(f"read:{issuer_id}") as mine:
        issuer = Issuer.objects.filter(pk=issuer_id, is_active=True).first()
        if issuer is None or not mine():
            return
        _read_principal(issuer, clock)
        for row in IssuerPolicy.objects.filter(ALLOWED, issuer=issuer):
            _read_policy(issuer, row, clock)


def _read_principal(issuer: Issuer, clock: Callable[[], datetime]) -> None:
    try:
        seen = iam_reader.read_principal(issuer=issuer.ref, profile=issuer.revoker_profile)
    except RevokeError as error:
        values: dict[str, object] = {"error_code": error.code}
    else:
        values = {"error_code": "", "read_at": clock(), **_columns(seen)}
    IssuerReading.objects.update_or_create(issuer=issuer, defaults={"tried_at": clock(), **values})


def _columns(seen: Principal) -> dict[str, object]:
    return {
        "keys": None if seen.keys is None else [_key(key) for key in seen.keys],
        "boundary_arn": seen.boundary_arn,
        "unique_id": seen.unique_id,
        "seconds_most": seen.seconds_most,
    }


def _key(key: AccessKey) -> dict[str, object]:
    return {"ending": key.ending, "created_at": key.created_at.isoformat(), "is_active": key.is_active}


def _read_policy(issuer: Issuer, row: IssuerPolicy, clock: Callable[[], datetime]) -> None:
    rows = IssuerPolicy.objects.filter(pk=row.pk)
    try:
        seen = iam_reader.read_policy(issuer=issuer.ref, profile=issuer.revoker_profile, arn=row.arn)
    except RevokeError as error:
        rows.update(error_code=error.code)
        return
    with transaction.atomic():
        rows.update(error_code="", read_at=clock(), version_id=seen.version_id, digest=seen.digest)
        if seen.digest != row.digest:
            facts: dict[str, audit.Fact] = {
                "issuer": issuer.name,
                "arn": row.arn,
                "version": seen.version_id,
                "digest": seen.digest,
                "before": row.digest,
            }
            audit.record_event(kind="policy.read", subject=subject_of(issuer), actor=audit.REVOKE_WORKER, facts=facts)
