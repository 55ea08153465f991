"""Whom the issue worker believes: passkeys that an operator has trusted, and without them only little."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings

from grants import policies
from grants.errors import ApprovalMissingError, SignatureRefusedError, UnsignedApprovalError
from grants.gateways import webauthn
from grants.models import ApproverKey, Decision, Grant, IssueAttempt
from grants.models.attempt import Purpose
from grants.models.decision import Verdict
from grants.policy.snapshot import Snapshot

AN_HOUR: Final = timedelta(hours=1)


def check_believed(grant: Grant, snapshot: Snapshot, now: datetime) -> None:
    """Enough signatures that hold; or, where the template asks for none, a grant below the worker's own caps.

    The web process writes decisions, versions and snapshots: whoever takes it over writes what they like there. Keys
    that it cannot write, and an environment that it cannot reach, are what this is decided by.
    """
    if not snapshot.needs_passkey and _is_below_caps(snapshot, now):
        return
    believed = _signed_by(grant, now)
    if not believed:  # whatever the version, which the web process writes, may ask for
        raise UnsignedApprovalError("no believed signature")
    try:
        policies.check_signatures(grant, believed)
    except ApprovalMissingError as error:
        raise UnsignedApprovalError("too few believed signatures") from error


def _is_below_caps(snapshot: Snapshot, now: datetime) -> bool:
    caps = settings.UNSIGNED_APPROVALS
    is_small = bool(caps.covers(snapshot.scope, snapshot.seconds))
    return is_small and (caps.per_hour is None or _issued_lately(now) < caps.per_hour)


def _issued_lately(now: datetime) -> int:
    return IssueAttempt.objects.filter(purpose=Purpose.GRANT, started_at__gt=now - AN_HOUR).count()


def _signed_by(grant: Grant, now: datetime) -> list[tuple[str, UUID]]:
    """(group, person) of every approval over this snapshot whose signature holds, both as the key's own row says."""
    believed_keys = ApproverKey.objects.filter(revoked_at=None, user__is_active=True)  # nobody frozen, nobody who left
    keys = {bytes(key.credential_id): key for key in believed_keys}
    rows = Decision.objects.filter(
        grant=grant, snapshot_hash=grant.snapshot_hash, verdict=Verdict.APPROVE, valid_until__gt=now
    ).exclude(assertion="")
    believed = [(row.group, key.person) for row in rows if (key := _key_of(row, keys)) is not None]
    return list(dict.fromkeys(believed))


def _key_of(decision: Decision, keys: dict[bytes, ApproverKey]) -> ApproverKey | None:
    try:
        key = keys[webauthn.credential_id_of(decision.assertion)]
        webauthn.check_signature(
            answer=decision.assertion,
            public_key=bytes(key.public_key),
            snapshot_hash=decision.snapshot_hash,
            public_url=settings.PUBLIC_URL,
        )
    except (KeyError, SignatureRefusedError):
        return None
    return key if decision.group in key.groups else None
