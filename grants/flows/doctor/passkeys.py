"""Passkeys that the issue worker believes although their owner could not sign with them any more."""

from collections.abc import Iterator
from typing import Final

from grants import queries
from grants.flows.doctor.finding import ok, warned
from grants.gateways.webauthn import passkeys_among
from grants.models import ApproverKey
from grants.values import Finding

MEND: Final = "manage.py approver_keys distrust {fingerprint}; runbook, Passkeys of approvers."


def examine_approver_keys() -> Iterator[Finding]:
    """Closed accounts, and passkeys that were removed or reset: the issue worker cannot see the latter."""
    keys = list(ApproverKey.objects.filter(revoked_at=None).select_related("user"))
    stale = [(key, why) for key in keys if (why := _why_stale(key))]
    for key, why in stale:
        yield warned(
            f"passkeys: {key.fingerprint} of {key.user.email} is believed, {why}",
            MEND.format(fingerprint=key.fingerprint),
        )
    if not stale:
        yield ok(f"passkeys: {len(keys)} are believed, each enrolled by somebody who is here")


def _why_stale(key: ApproverKey) -> str:
    if not key.user.is_active:
        return "but the account is closed or frozen"
    enrolled = passkeys_among(queries.registrations_of(key.user))
    is_enrolled = bytes(key.credential_id) in {passkey.credential_id for passkey in enrolled}
    return "" if is_enrolled else "but it is not enrolled any more"
