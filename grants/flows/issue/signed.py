"""Whom the issue worker believes: passkeys that an operator has trusted, and without them only little."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from grants import policies, queries
from grants.errors import ApprovalMissingError, SignatureRefusedError, UnsignedApprovalError
from grants.flows.issue.windowed import window_of
from grants.gateways import webauthn
from grants.models import ApproverKey, Decision, Grant, IssueAttempt, Window
from grants.models.attempt import Purpose
from grants.models.decision import STANDS, Verdict
from grants.permissions import persons_bound_to
from grants.policy.signers import Signature
from grants.policy.signing import signed_digest
from grants.policy.snapshot import Snapshot

AN_HOUR: Final = timedelta(hours=1)


def check_believed(grant: Grant, snapshot: Snapshot, now: datetime) -> None:
    """Enough signatures that hold; or, where the template asks for none, a grant below the worker's own caps.

    Of a grant under a pre-approved window those over the window, which must make exactly this snapshot.

    The web process writes decisions, versions and snapshots: whoever takes it over writes what they like there. Keys
    that it cannot write, and an environment that it cannot reach, are what this is decided by.
    """
    window = window_of(grant, snapshot, now)
    if not snapshot.needs_passkey and _is_below_caps(snapshot, now):
        return
    believed = _signed_in_advance(grant, window) if window else _signed_by(grant, now)
    if not believed:  # whatever the version, which the web process writes, may ask for
        raise UnsignedApprovalError("no believed signature")
    try:
        policies.check_signatures(grant, believed)
    except ApprovalMissingError as error:
        raise UnsignedApprovalError("too few believed signatures") from error


def is_counted(snapshot: Snapshot) -> bool:
    """Whether it may pass by being one of so many in an hour: then it begins in a transaction, one at a time."""
    caps = settings.UNSIGNED_APPROVALS
    is_capped = caps.per_hour is not None and not snapshot.needs_passkey
    return is_capped and bool(caps.covers(snapshot.scope, snapshot.seconds))


def _is_below_caps(snapshot: Snapshot, now: datetime) -> bool:
    caps = settings.UNSIGNED_APPROVALS
    is_small = bool(caps.covers(snapshot.scope, snapshot.seconds))
    return is_small and (caps.per_hour is None or _issued_lately(now) < caps.per_hour)


def _issued_lately(now: datetime) -> int:
    queries.hold_turn("unsigned")
    return IssueAttempt.objects.filter(purpose=Purpose.GRANT, started_at__gt=now - AN_HOUR).count()


def _signed_by(grant: Grant, now: datetime) -> list[Signature]:
    """Every approval over this snapshot whose signature holds."""
    rows = Decision.objects.filter(
        STANDS, grant=grant, snapshot_hash=grant.snapshot_hash, verdict=Verdict.APPROVE, valid_until__gt=now
    )
    return _believed(grant.snapshot_hash, rows.exclude(assertion="").values_list("group", "assertion"))


def _signed_in_advance(grant: Grant, window: Window) -> list[Signature]:
    """Every signature over the window that holds, but of those whom it is for, who invited them, or who asked."""
    rows = window.signatures.exclude(assertion="").values_list("group", "assertion")
    bound = window.terms.bound | persons_bound_to(grant)
    return [(group, person) for group, person in _believed(window.text_hash, rows) if person not in bound]


def _believed(signed_hash: str, rows: Iterable[tuple[str, str]]) -> list[Signature]:
    """(group, person) of each (group, assertion) over ``signed_hash`` that holds, both as the key's own row says."""
    believed_keys = ApproverKey.objects.filter(revoked_at=None, user__is_active=True)  # nobody frozen, nobody who left
    keys = {bytes(key.credential_id): key for key in believed_keys}
    believed = [
        (group, key.person) for group, assertion in rows if (key := _key_of(assertion, signed_hash, group, keys))
    ]
    return list(dict.fromkeys(believed))


def _key_of(assertion: str, signed_hash: str, group: str, keys: dict[bytes, ApproverKey]) -> ApproverKey | None:
    try:
        key = keys[webauthn.credential_id_of(assertion)]
        webauthn.check_signature(
            answer=assertion,
            public_key=bytes(key.public_key),
            digest=signed_digest(signed_hash, group),
            public_url=settings.PUBLIC_URL,
        )
    except (KeyError, SignatureRefusedError):
        return None
    return key if group in key.groups else None
