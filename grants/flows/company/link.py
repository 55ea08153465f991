"""Staff link their account with the company's sign-in, once, or undo it."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from grants import audit, ledger, permissions
from grants.errors import CompanySignInError, NotFoundError
from grants.flows.company.vouch import ask_company, is_address_of, record_refusal
from grants.models import CompanyLink, User
from grants.values import Errand, OpenIdProvider, Origin, Vouched


class OtherAddressError(CompanySignInError):
    """Somebody else's sign-in, or the right person under another address."""

    code = "company_other_address"
    sentence = "Your company's sign-in knows you by another address than this account has, so nothing was linked."
    way_on = "Sign in at your company as the person of this account, then link again."


class TakenError(CompanySignInError):
    """One person of the company has one account here."""

    code = "company_taken"
    sentence = "This company sign-in is linked with another account already."
    way_on = "Undo that link first, signed in to the other account."
    status = 409


def link_account(
    *, provider: OpenIdProvider, code: str, errand: Errand, by: User, origin: Origin, now: datetime
) -> CompanyLink:
    """From now on the company's sign-in is the first step for this account; the person gets a mail about it."""
    permissions.check_staff(by)
    vouched = ask_company(provider=provider, code=code, errand=errand, origin=origin, by=by, now=now)
    is_theirs = is_address_of(vouched, by)
    if is_theirs and (row := _make_link(vouched, provider=provider, by=by, origin=origin, now=now)):
        return row
    refusal = TakenError() if is_theirs else OtherAddressError()
    record_refusal(refusal=refusal, provider=provider, origin=origin, by=by, now=now, email=vouched.email)
    raise refusal


def unlink_account(*, by: User, origin: Origin, now: datetime) -> None:
    """The company's sign-in opens this account no longer; the password does."""
    with transaction.atomic():
        rows = CompanyLink.objects.filter(user=by)
        issuer = "".join(rows.values_list("issuer", flat=True))
        if rows.delete()[0] != 1:
            raise NotFoundError
        _tell("unlinked", issuer, by=by, origin=origin, now=now)


def _make_link(
    vouched: Vouched, *, provider: OpenIdProvider, by: User, origin: Origin, now: datetime
) -> CompanyLink | None:
    """The row, its audit row and its mail; None when the database says that somebody else has that sign-in."""
    try:
        with transaction.atomic():
            CompanyLink.objects.filter(user=by).delete()
            row = CompanyLink.objects.create(user=by, issuer=provider.issuer, subject=vouched.subject, linked_at=now)
            _tell("linked", provider.issuer, by=by, origin=origin, now=now)
    except IntegrityError:
        return None
    return row


def _tell(what: str, issuer: str, *, by: User, origin: Origin, now: datetime) -> None:
    facts = {
        "what": f"company_sign-in_{what}",
        "happened_at": now.isoformat(),
        "ip": origin.ip or "",
        "agent": origin.agent,
    }
    order = ledger.MailOrder("account_changed", by.email, {**facts, "public_url": settings.PUBLIC_URL})
    ledger.queue_mail(order=order, grant=None, now=now)
    audit.record_event(kind=f"company.{what}", subject=str(by.pk), actor=audit.actor_of(by), facts={"issuer": issuer})
