"""Which companies and people may be let in, and who has to stay."""

import re
from datetime import datetime, timedelta
from typing import Final

from grants.errors import FieldError, LastAdminsError, VendorClosedError
from grants.models import Invitation, User, Vendor
from grants.models.invitation import OPEN_INVITATION
from grants.models.person import TEMPLATE_ADMINS
from grants.policy.mailbox import canonical_address, mailbox_of

ADMINS_MIN: Final = 2


def check_contract(vendor: Vendor, seconds: int, now: datetime) -> None:
    """No grant outlives the contract: refused, never silently shortened."""
    if not vendor.is_active or vendor.contract_ends_at < now + timedelta(seconds=seconds):
        raise VendorClosedError


def check_vendor_open(vendor: Vendor, now: datetime) -> None:
    """The vendor is active and under contract."""
    if not vendor.is_active or vendor.contract_ends_at <= now:
        raise FieldError("vendor", "This vendor is closed, or its contract has ended.")


def check_new_address(typed: str) -> str:
    """The canonical address, if it is one and its mailbox has no account yet, under whatever spelling."""
    address = canonical_address(typed)
    if address is None:
        raise FieldError("email", "Give an address such as carol@acme.example, in plain letters.")
    name, _, domain = mailbox_of(address).partition("@")
    same_mailbox = rf"^{re.escape(name)}(\+[^@]*)?@{re.escape(domain)}$"
    if User.objects.filter(email__regex=same_mailbox).exists():
        raise FieldError("email", "This mailbox has an account already. One person has one account.")
    return address


def check_not_invited(address: str) -> None:
    """No open invitation for this address."""
    if Invitation.objects.filter(OPEN_INVITATION, email=address).exists():
        raise FieldError("email", "This address has an open invitation already.")


def check_admins_left(loses: User) -> None:
    """Without ``loses``, two template admins are left; the rows are locked, so that two losses do not cross."""
    admins = User.objects.select_for_update(of=("self",), no_key=True).filter(
        is_active=True, is_staff=True, groups__name=TEMPLATE_ADMINS
    )
    persons = {user.person for user in admins}
    if loses.person in persons and len(persons) - 1 < ADMINS_MIN:
        raise LastAdminsError
