"""What people are told by mail about pre-approved windows."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from grants import ledger, queries
from grants.ledger import MailOrder
from grants.models import User, Window


def tell_signers(*, window: Window, by: User, now: datetime) -> None:
    """To everybody else who may sign it: that it waits, once."""
    _tell(window, "window_to_sign", set(queries.window_signers(window)) - {by.email}, now, who=str(by))


def tell_opened(*, window: Window, by: User, now: datetime) -> None:
    """To those whom it is for, that they need not wait; and to whoever signed before, that it is open."""
    recipients = {named.email for named in window.terms.recipients}
    _tell(window, "window_for_you", recipients, now, page="request_new")
    _tell(window, "window_opened", _signers(window) - {by.email}, now, who=str(by))


def tell_closed(*, window: Window, by: User, reason: str, now: datetime) -> None:
    """To both sides, with the reason; a window that was never open is no news to recipients."""
    recipients = {named.email for named in window.terms.recipients} if window.opened_at else set()
    told = {"who": str(by), "reason": reason}
    _tell(window, "window_closed", recipients, now, page="request_new", **told)
    _tell(window, "window_closed", _signers(window) - {by.email}, now, **told)


def _signers(window: Window) -> set[str]:
    return set(window.signatures.values_list("signer__email", flat=True))


def _tell(window: Window, event: str, to: Iterable[str], now: datetime, *, page: str = "", **more: Any) -> None:
    path = reverse(f"grants:{page}") if page else reverse("grants:window", args=[window.reference])
    context = {
        "reference": window.reference,
        "vendor": window.vendor.name,
        "sentence": window.terms.sentence,
        "ends_at": window.ends_at.isoformat(),
        "public_url": settings.PUBLIC_URL,
        "next_url": f"{settings.PUBLIC_URL}{path}",
        **more,
    }
    for address in sorted(to):
        ledger.queue_mail(order=MailOrder(event, address, context), grant=None, now=now)
