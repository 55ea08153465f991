"""A request that fits a pre-approved window is decided when it is made, by those who signed the window."""

from dataclasses import dataclass
from datetime import datetime

from grants import audit, ledger, policies, queries
from grants.errors import GrantError
from grants.models import Grant, TemplateVersion, User, Window
from grants.models.decision import Verdict
from grants.policy.offer import Asking
from grants.policy.signers import still_missing
from grants.policy.snapshot import Snapshot
from grants.policy.window import misfit_of


@dataclass(frozen=True, slots=True)
class Fit:
    """The window that a request fits; or ``note``, why the one that is open does not cover it."""

    window: Window | None = None
    note: str = ""


def fit_of(
    *, asking: Asking, by: User, recipient: User, version: TemplateVersion, now: datetime, for_update: bool = False
) -> Fit:
    """Of the open windows for this recipient and template the first that fits.

    ``for_update`` holds them until the commit, so that of many requests at once no more fit than the ceiling has room.
    """
    note = ""
    for window in queries.open_windows_for(recipient, version, now, for_update=for_update):
        why = _misfit(window, asking, by, version, now)
        if not why:
            return Fit(window)
        note = note or f"The pre-approved window {window.reference} does not cover this: {why}."
    return Fit(note=note)


def _misfit(window: Window, asking: Asking, by: User, version: TemplateVersion, now: datetime) -> str:
    start = datetime.fromisoformat(asking.starts_at) if asking.starts_at else now
    try:
        terms = window.terms
    except GrantError:
        return "it no longer reads as it was signed"
    if why := misfit_of(terms, asking, version=str(version.pk), start=start):
        return why
    signatures = queries.window_signatures(window)
    if by.person in {person for _, person in signatures}:
        return "whoever asks has signed it"
    if still_missing(dict(terms.offer.signers), signatures):
        return "somebody who signed it is no longer here"
    if (used := window.grants.count()) >= terms.grants_max:
        return f"it is used up, {used} of {terms.grants_max}"
    return ""


def decide_in_advance(*, grant: Grant, window: Window, by: User, snapshot: Snapshot, now: datetime) -> None:
    """A decision of everybody who signed the window, and the approval; the database holds both to the window."""
    rows = list(queries.holding_window_signatures(window).select_related("signer"))
    for row in rows:
        ledger.record_decision(grant=grant, by=row.signer, group=row.group, verdict=Verdict.APPROVE, reason="", now=now)
    policies.check_approvals(grant, now)
    ledger.approve_grant(
        grant=grant,
        actor=audit.actor_of(by),
        facts={
            "window": window.reference,
            "window_hash": window.text_hash,
            "signers": [row.signer.email for row in rows],
        },
        snapshot=snapshot,
        now=now,
    )
