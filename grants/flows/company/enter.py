"""Somebody comes back from the company's sign-in; it opens a staff account that is linked with it, and no other."""

from datetime import datetime

from django.db import transaction

from grants import audit
from grants.errors import CompanySignInError
from grants.flows.company.vouch import STRANGER, ask_company, is_address_of, record_refusal
from grants.models import CompanyLink, User
from grants.values import Errand, OpenIdProvider, Origin, Vouched


class NotLinkedError(CompanySignInError):
    """No account, a contractor's, a closed one, one that is not linked, another address: all look the same."""

    code = "company_not_linked"
    sentence = "This company sign-in is not linked with an account here."
    way_on = "Sign in with your password once, then link the two under “How you sign in”."


def enter(*, provider: OpenIdProvider, code: str, errand: Errand, origin: Origin, now: datetime) -> User:
    """The account whose first step is done; its second factor is still to be shown. Raises CompanySignInError."""
    vouched = ask_company(provider=provider, code=code, errand=errand, origin=origin, by=None, now=now)
    user = _account_of(vouched, provider)
    if user is None:
        refusal = NotLinkedError()
        record_refusal(refusal=refusal, provider=provider, origin=origin, by=None, now=now, email=vouched.email)
        raise refusal
    with transaction.atomic():
        audit.record_event(
            kind="company.vouched",
            subject=str(user.pk),
            actor=STRANGER,
            facts={"issuer": provider.issuer},
            personal={"email": user.email, "ip": origin.ip or ""},
        )
    return user


def _account_of(vouched: Vouched, provider: OpenIdProvider) -> User | None:
    """By the pair that was linked, and only while the address still is the account's own."""
    row = CompanyLink.objects.select_related("user").filter(issuer=provider.issuer, subject=vouched.subject).first()
    if row is None or not (row.user.is_staff and row.user.is_active and is_address_of(vouched, row.user)):
        return None
    return row.user
