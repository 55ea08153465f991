"""What a snapshot says, and whether it is the grant's and AWS would take it."""

from datetime import datetime
from typing import Final

from grants.errors import StaleSnapshotError
from grants.models import Grant
from grants.policy.limits import check_federation_request
from grants.policy.scopes import SessionScope
from grants.policy.snapshot import Snapshot, from_canonical
from grants.values import FederationRequest, federated_name

LAST_ATTEMPT: Final = 999


def read_snapshot(grant: Grant) -> Snapshot:
    """The grant's snapshot, proved against its hash and its own policy."""
    return from_canonical(grant.snapshot, expected_hash=grant.snapshot_hash)


def start_signed(snapshot: Snapshot) -> datetime | None:
    """The booked start that was signed."""
    return datetime.fromisoformat(snapshot.starts_at) if snapshot.starts_at else None


def check_snapshot_hash(grant: Grant, snapshot_hash: str) -> None:
    """What the approver read is what the grant says."""
    if snapshot_hash != grant.snapshot_hash:
        raise StaleSnapshotError


def check_snapshot_is_of(grant: Grant, snapshot: Snapshot) -> None:
    """A signed snapshot put into another grant, or sent to somebody else, would be minted a second time."""
    signed = (snapshot.reference, snapshot.recipient, snapshot.recipient_person, snapshot.seconds)
    if signed != (grant.reference, grant.recipient.email, str(grant.recipient_person), grant.seconds):
        raise StaleSnapshotError("the snapshot of another grant")


def check_takes(snapshot: Snapshot) -> None:
    """AWS would take the call that this leads to; GetSessionToken takes nothing that could be wrong.

    A role's limits are those of GetFederationToken or wider, but for its hours, which its template cannot exceed.
    """
    if isinstance(snapshot.scope, SessionScope):
        return
    check_federation_request(
        FederationRequest(
            name=federated_name(snapshot.reference, LAST_ATTEMPT),
            policy=snapshot.policy,
            policy_arns=snapshot.policy_arns,
            tags=snapshot.tags,
            seconds=snapshot.seconds,
        )
    )
