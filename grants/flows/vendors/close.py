"""A template admin closes a vendor, or opens it again."""

from datetime import datetime

from django.db import transaction

from grants import audit, ledger, permissions, queries
from grants.errors import FieldError, NotFoundError, WrongStateError
from grants.lifecycle import LIVE, UNDECIDED, State
from grants.models import Grant, Invitation, User, Vendor
from grants.models.invitation import OPEN_INVITATION
from grants.models.window import NOT_CLOSED


def close_vendor(*, slug: str, by: User, reason: str, now: datetime) -> Vendor:
    """Nobody of it signs in, asks or picks up from now on; what is not picked up ends, and those who asked hear why.

    Credentials that were picked up work on until they end: ``deny_tag`` ends those as well.
    """
    permissions.check_template_admin(by)
    why = _reason(reason)
    with transaction.atomic():
        vendor = _locked(slug)
        if not vendor.is_active:
            raise WrongStateError("closed already")
        windows = list(vendor.windows.select_for_update(of=("self",), no_key=True).filter(NOT_CLOSED).order_by("pk"))
        voided = _void_unrevealed(vendor, by, why, now)
        withdrawn = Invitation.objects.filter(OPEN_INVITATION, vendor=vendor).update(withdrawn_at=now)
        vendor.is_active, vendor.closed_at, vendor.closed_by, vendor.closed_reason = False, now, by, why
        vendor.save(update_fields=["is_active", "closed_at", "closed_by", "closed_reason"])
        for window in windows:
            ledger.close_window(window=window, by=by, reason=why, now=now)
        audit.record_event(
            kind="vendor.closed",
            subject=slug,
            actor=audit.actor_of(by),
            facts={"voided": voided, "invitations": withdrawn},
            personal={"reason": why},
        )
    return vendor


def reopen_vendor(*, slug: str, by: User, reason: str, now: datetime) -> Vendor:
    """Its people may sign in and ask again. What was ended stays ended, and what AWS refuses it goes on refusing."""
    del now
    permissions.check_template_admin(by)
    why = _reason(reason)
    with transaction.atomic():
        vendor = _locked(slug)
        if vendor.is_active:
            raise WrongStateError("open already")
        vendor.is_active, vendor.closed_at, vendor.closed_by, vendor.closed_reason = True, None, None, ""
        vendor.save(update_fields=["is_active", "closed_at", "closed_by", "closed_reason"])
        audit.record_event(
            kind="vendor.reopened",
            subject=slug,
            actor=audit.actor_of(by),
            facts={"still_denied": queries.is_vendor_denied(vendor)},
            personal={"reason": why},
        )
    return vendor


def _reason(typed: str) -> str:
    if not (why := typed.strip()):
        raise FieldError("reason", "Say why, so that the people concerned and the auditors know.")
    return why


def _locked(slug: str) -> Vendor:
    """Under the lock that a request's insert has to wait for, so that none slips in while the vendor closes."""
    vendor = Vendor.objects.select_for_update(of=("self",)).filter(slug=slug).first()
    if vendor is None:
        raise NotFoundError
    return vendor


def _void_unrevealed(vendor: Vendor, by: User, reason: str, now: datetime) -> list[str]:
    """Every lock before the first move: a move takes the end of the audit chain, the last lock of every other flow."""
    ending = sorted((UNDECIDED | LIVE) - {State.REVEALED})
    rows = Grant.objects.select_for_update(of=("self",), no_key=True).filter(vendor=vendor, state__in=ending)
    locked = list(rows.order_by("pk"))
    for grant in locked:
        ledger.void_grant(grant=grant, by_id=by.pk, actor=audit.actor_of(by), reason=reason, now=now)
    return sorted(grant.reference for grant in locked)
