"""The first sign-in code that somebody asks for makes their account: by invitation, or by their vendor's domain."""

from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from grants import audit
from grants.models import Invitation, User, Vendor
from grants.policy.mailbox import canonical_address, domain_of, is_free_mail, mailbox_of

WINDOW: Final = timedelta(days=1)
STRANGERS_MAX: Final = 20  # accounts a day and vendor that nobody has signed in to: invented addresses end here


def knock(*, email: str, now: datetime) -> User | None:
    """The contractor's account for ``email``, made now; None for whoever was not invited and has no open domain.

    An account by domain waits until a sponsor has let it in; until then it may sign in and ask for nothing.
    """
    address = canonical_address(email)
    if address is None:
        return None
    try:
        with transaction.atomic():
            return _by_invitation(address, now) or _by_domain(address, now)
    except IntegrityError:
        return None  # the mailbox has an account under another spelling, or somebody knocked at the same moment


def _by_invitation(address: str, now: datetime) -> User | None:
    waiting = Invitation.objects.select_related("vendor", "invited_by").filter(
        email=address, accepted_at=None, withdrawn_at=None, expires_at__gt=now
    )
    invitation = waiting.first()
    if invitation is None or not _is_open(invitation.vendor, now) or not invitation.invited_by.is_active:
        return None
    if waiting.update(accepted_at=now) != 1:
        return None
    user = User.objects.create_user(
        address, full_name=invitation.full_name, vendor=invitation.vendor, invited_by=invitation.invited_by
    )
    _record(user, "invitation", str(invitation.pk))
    return user


def _by_domain(address: str, now: datetime) -> User | None:
    domain = domain_of(address)
    vendor = Vendor.objects.select_for_update().filter(is_domain_open=True, domains__contains=[domain]).first()
    if vendor is None or is_free_mail(domain) or not _is_open(vendor, now) or address != mailbox_of(address):
        return None
    strangers = User.objects.filter(vendor=vendor, last_login=None, waiting_since__gt=now - WINDOW)
    if strangers.count() >= STRANGERS_MAX:
        return None
    user = User.objects.create_user(address, vendor=vendor, waiting_since=now)
    _record(user, "domain", domain)
    return user


def _is_open(vendor: Vendor, now: datetime) -> bool:
    return vendor.is_active and vendor.contract_ends_at > now


def _record(user: User, way: str, by: str) -> None:
    audit.record_event(
        kind="person.knocked",
        subject=str(user.pk),
        actor=audit.Actor("portal"),
        facts={"vendor": user.vendor.slug if user.vendor else "", "way": way, "by": by},
        personal={"email": user.email},
    )
