"""A grant that was approved in advance: whether what its window says makes exactly this grant, and still may."""

from datetime import datetime

from grants import policies, queries
from grants.errors import WindowUnfitError
from grants.models import Grant, Window
from grants.policy.offer import Asking, make_snapshot
from grants.policy.snapshot import Snapshot
from grants.policy.window import misfit_of


def window_of(grant: Grant, snapshot: Snapshot, now: datetime) -> Window | None:
    """The window of a grant, or None where it has none. WindowUnfitError, StaleSnapshotError, FieldError.

    The web process chooses reference, requester, hours, start, ticket and folder of a grant under a window; all else
    must be what was signed. What was minted under it is counted by attempts, which only the worker writes.
    """
    if grant.window_id is None:
        return None
    window = Window.objects.get(pk=grant.window_id)
    terms = window.terms
    asking = Asking(
        reference=snapshot.reference,
        vendor=snapshot.vendor,
        requester=snapshot.requester,
        requester_id=str(grant.requester_id),
        recipient=snapshot.recipient,
        recipient_person=snapshot.recipient_person,
        seconds=snapshot.seconds,
        ticket=grant.ticket,
        folder=grant.folder,
        starts_at=snapshot.starts_at,
    )
    start = max(now, policies.start_signed(snapshot) or now)
    if window.closed_at or terms.reference != window.reference:
        raise WindowUnfitError("closed")
    if why := misfit_of(terms, asking, version=snapshot.template_version, start=start):
        raise WindowUnfitError(why)
    if make_snapshot(terms.offer, asking) != snapshot:
        raise WindowUnfitError("not what the window's offer makes of it")
    if queries.minted_under(window, besides=grant) >= terms.grants_max:
        raise WindowUnfitError("used up")
    return window
