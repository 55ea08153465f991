"""Pre-approved windows on pages: what was signed, by whom, whether it works, what was given under it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from grants import permissions, queries
from grants.errors import GrantError
from grants.models import GrantTemplate, User, Window
from grants.policy.offer import Offer
from grants.policy.render import render_policy
from grants.policy.signers import Signature, describe_progress, still_missing
from grants.policy.window import Terms
from grants.presenters.pages import ScopeView, scope_view
from grants.presenters.rows import RequestRow, request_row
from grants.presenters.signing import SigningView, signing_of
from grants.presenters.words import UNREADABLE, StateWords, for_how_long

WAITING: Final = StateWords("Waiting for signatures", "wait", "Nothing is approved by it yet.")
OPEN: Final = StateWords("Open", "good", "A request that fits it is approved at once.")
CLOSED: Final = StateWords("Closed", "bad", "Nothing more is approved by it.")
OVER: Final = StateWords("Over", "", "Its last day has passed.")
USED_UP: Final = StateWords("Used up", "", "Its number of times is reached.")


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A line of the list."""

    reference: str
    sentence: str
    template: str
    vendor: str
    state: StateWords
    used: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class StandingWindow:
    """A window that stands on a template. ``can_read``: its page opens for whoever looks."""

    row: WindowRow
    version: int
    can_read: bool


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """Who signed for which group; ``is_here`` False: they were stopped or have left, so that it counts no more."""

    who: str
    group: str
    at: datetime
    has_passkey: bool
    is_here: bool


@dataclass(frozen=True, slots=True)
class WindowView:
    """The page. ``refusal`` says why this person cannot sign now; ``signing`` is None where nobody can."""

    row: WindowRow
    text_hash: str
    reason: str
    drawn_up_by: str
    drawn_up_at: datetime
    recipients: tuple[str, ...]
    hours: str
    times: int
    scope: ScopeView | None
    signatures: tuple[SignatureRow, ...]
    progress: str
    waits: bool
    refusal: str
    signing: SigningView | None
    can_close: bool
    closed_by: str
    closed_at: datetime | None
    closed_reason: str
    grants: tuple[tuple[str, RequestRow], ...]
    reads_story: bool


def window_row(window: Window, now: datetime) -> WindowRow:
    """A window of ``queries.windows_for``."""
    terms = _terms_of(window)
    used: int = window.used  # type: ignore[attr-defined]  # annotated by the query
    return WindowRow(
        reference=window.reference,
        sentence=terms.sentence if terms else UNREADABLE,
        template=window.template_version.template.name,
        vendor=window.vendor.name,
        state=_state_of(window, terms, used, now),
        used=f"{used} of {terms.grants_max}" if terms else str(used),
        ends_at=window.ends_at,
    )


def standing_windows(template: GrantTemplate, by: User, now: datetime) -> tuple[StandingWindow, ...]:
    """Those that work, or will once they are signed, until the template is retired or published anew."""
    rows = [(window_row(window, now), window) for window in queries.windows_on(template, now)]
    return tuple(
        StandingWindow(row, window.template_version.number, can_read=_can_read(by, window))
        for row, window in rows
        if row.state in {WAITING, OPEN}
    )


def _can_read(by: User, window: Window) -> bool:
    is_theirs = permissions.allowed(permissions.check_may_close_window, by, window)
    return is_theirs or permissions.allowed(permissions.check_auditor, by)


def window_view(window: Window, by: User, now: datetime) -> WindowView:
    """One window, whole, for an approver or an auditor."""
    row, terms = window_row(window, now), _terms_of(window)
    waits = row.state == WAITING
    refusal = _refusal(window, by) if waits else ""
    return WindowView(
        row=row,
        text_hash=window.text_hash,
        reason=window.reason,
        drawn_up_by=str(window.drawn_up_by),
        drawn_up_at=window.drawn_up_at,
        recipients=tuple(named.email for named in terms.recipients) if terms else (),
        hours=for_how_long(terms.seconds_max) if terms else "",
        times=terms.grants_max if terms else 0,
        scope=_scope_of(terms.offer) if terms else None,
        signatures=_signature_rows(window),
        progress=describe_progress(dict(terms.offer.signers), _holding(window)) if terms else "",
        waits=waits,
        refusal=refusal,
        signing=signing_of(window.text_hash, by, is_needed=terms.offer.needs_passkey)
        if waits and terms and not refusal
        else None,
        can_close=not window.closed_at and permissions.allowed(permissions.check_may_close_window, by, window),
        closed_by=str(window.closed_by or "an operator"),
        closed_at=window.closed_at,
        closed_reason=window.closed_reason,
        grants=tuple((grant.recipient.email, request_row(grant)) for grant in queries.grants_under(window)),
        reads_story=permissions.allowed(permissions.check_auditor, by),
    )


def _state_of(window: Window, terms: Terms | None, used: int, now: datetime) -> StateWords:
    if window.closed_at:
        return CLOSED
    if window.ends_at <= now:
        return OVER
    if why := _stopped(window, terms, now):
        return StateWords("Does not work", "bad", why)
    if window.opened_at is None:
        return WAITING
    return USED_UP if terms and used >= terms.grants_max else OPEN


def _stopped(window: Window, terms: Terms | None, now: datetime) -> str:
    """What has happened outside of it by which nothing is approved."""
    version = window.template_version
    if terms is None:
        return "It no longer reads as it was signed. Tell an operator."
    if version.template.retired_at or window.newest != version.pk:  # type: ignore[attr-defined]  # annotated by the query
        return "Its template was retired, or published anew, since it was drawn up."
    if not window.vendor.is_active or window.vendor.contract_ends_at <= now:
        return "Its vendor is closed, or the contract has ended."
    if window.opened_at and still_missing(dict(terms.offer.signers), _holding(window)):
        return "Somebody who signed it was stopped, or has left."
    return ""


def _terms_of(window: Window) -> Terms | None:
    try:
        return window.terms
    except GrantError:
        return None


def _holding(window: Window) -> list[Signature]:
    return [(row.group, row.signer_person) for row in window.signatures.all() if row.signer.is_active]


def _signature_rows(window: Window) -> tuple[SignatureRow, ...]:
    return tuple(
        SignatureRow(str(row.signer), row.group, row.signed_at, bool(row.assertion), row.signer.is_active)
        for row in window.signatures.all()
    )


def _refusal(window: Window, by: User) -> str:
    """Why ``by`` cannot sign it now."""
    try:
        permissions.check_approver_can_sign_window(by, window)
    except GrantError as error:
        return f"{error.sentence} {error.way_on}"
    missing = still_missing(dict(window.terms.offer.signers), _holding(window))
    has_signed = by.person in {row.signer_person for row in window.signatures.all()}
    if has_signed or not by.roles & set(missing):
        return "Your signature is not missing here."
    return ""


def _scope_of(offer: Offer) -> ScopeView:
    """As it will be told to AWS, but for what is filled in when somebody asks."""
    return scope_view(offer.scope, policy=render_policy(offer.scope), issuer=offer.issuer, tags=offer.tags)
