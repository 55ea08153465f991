"""Exactly what STS is asked for one attempt, by the snapshot that was signed."""

from grants.policy.scopes import SessionScope
from grants.policy.snapshot import Snapshot
from grants.values import FederationRequest, MintRequest, SessionRequest, by_kind


def request_of(snapshot: Snapshot, *, name: str, code: str = "") -> MintRequest:
    """By the operation of the snapshot's issuer. ``name`` is the session's, where the operation names one.

    ``code`` is the MFA device's, for a session that needs one.
    """
    if isinstance(snapshot.scope, SessionScope):
        return SessionRequest(seconds=snapshot.seconds, serial=snapshot.scope.mfa_serial if code else "", code=code)
    asked = FederationRequest(
        name=name,
        policy=snapshot.policy,
        policy_arns=snapshot.policy_arns,
        tags=snapshot.tags,
        seconds=snapshot.seconds,
    )
    return by_kind(snapshot.issuer, asked)
