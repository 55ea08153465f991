"""Whom the company vouches for; what every use of its answer shares."""

from datetime import datetime
from typing import Final

from django.db import transaction

from grants import audit
from grants.errors import CompanySignInError
from grants.gateways import openid
from grants.models import User
from grants.values import Errand, OpenIdProvider, Origin, Vouched

STRANGER: Final = audit.Actor("company sign-in")


class UnverifiedMailError(CompanySignInError):
    """The provider has not looked whether the mailbox is this person's."""

    code = "company_mail_unverified"
    sentence = "Your company's sign-in does not confirm that your work address is yours."
    way_on = "Sign in with your password. An administrator can have the company confirm addresses (email_verified)."


def ask_company(
    *, provider: OpenIdProvider, code: str, errand: Errand, origin: Origin, by: User | None, now: datetime
) -> Vouched:
    """Exchange the code; a token that does not hold, or an address that nobody verified, is refused and recorded."""
    try:
        vouched = openid.read_answer(provider=provider, code=code, errand=errand)
        if not vouched.is_email_verified:
            raise UnverifiedMailError
    except openid.CompanyUnreachableError:
        raise  # nobody answered, so nothing was refused
    except CompanySignInError as refusal:
        record_refusal(refusal=refusal, provider=provider, origin=origin, by=by, now=now)
        raise
    return vouched


def is_address_of(vouched: Vouched, user: User) -> bool:
    """The same mailbox, letter by letter; accounts are in small letters, providers are not always."""
    return vouched.email.isascii() and vouched.email.lower() == user.email


def record_refusal(
    *,
    refusal: CompanySignInError,
    provider: OpenIdProvider,
    origin: Origin,
    by: User | None,
    now: datetime,
    email: str = "",
) -> None:
    """In a transaction of its own: nothing else happens, and the refusal is on record all the same."""
    del now
    with transaction.atomic():
        audit.record_event(
            kind="company.refused",
            subject=str(by.pk) if by else "company sign-in",
            actor=audit.actor_of(by) if by else STRANGER,
            facts={"issuer": provider.issuer, "code": refusal.code, "detail": refusal.detail},
            personal={"ip": origin.ip or "", **({"email": email} if email else {})},
        )
