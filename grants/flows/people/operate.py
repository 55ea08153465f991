"""What an operator does from the shell: the first people and vendors, and the way out of a lockout."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.text import slugify

from grants import audit
from grants.errors import FieldError
from grants.flows.people.change import Wanted, make_change
from grants.flows.people.invite import save_invitation
from grants.flows.people.letters import enrolment_url
from grants.models import Invitation, User, Vendor
from grants.models.person import STAFF_ROLES
from grants.models.person_change import ChangeKind
from grants.policy.mailbox import canonical_domain, is_free_mail


def change_at_once(*, wanted: Wanted, reason: str, now: datetime) -> tuple[User, str]:
    """Make a change without a second person; the answer has an enrolment link where one is needed, and "" else."""
    with transaction.atomic():
        for name in STAFF_ROLES:
            Group.objects.get_or_create(name=name)
        user = make_change(
            wanted=wanted, actor=audit.OPERATOR, now=now, by="an operator", facts={}, reason=reason, is_operator=True
        )
    return user, enrolment_url(user) if wanted.kind == ChangeKind.JOIN else ""


def register_vendor(
    *, name: str, contract_ends_at: datetime, sponsors: Sequence[str], domains: Sequence[str], now: datetime
) -> Vendor:
    """A new vendor. Its domains are closed until ``open_vendor`` opens them."""
    slug = slugify(name)[:60]
    if not slug or Vendor.objects.filter(slug=slug).exists():
        raise FieldError("name", "Give the vendor a name that no other vendor has.")
    if contract_ends_at <= now:
        raise FieldError("contract_ends_at", "The contract has to end in the future.")
    with transaction.atomic():
        vendor = Vendor.objects.create(
            name=name, slug=slug, contract_ends_at=contract_ends_at, domains=_checked_domains(domains)
        )
        answering = [_staff(email) for email in sponsors]
        vendor.sponsors.set(answering)
        ids = [str(user.pk) for user in answering]
        _record("vendor.registered", vendor.slug, {"domains": list(vendor.domains), "sponsors": ids})
    return vendor


def open_vendor(*, slug: str, is_open: bool, now: datetime) -> Vendor:
    """Let people of the vendor's exact domains knock without an invitation, or stop that."""
    del now
    with transaction.atomic():
        vendor = Vendor.objects.select_for_update().filter(slug=slug).first()
        if vendor is None:
            raise FieldError("vendor", "There is no vendor with this short name.")
        if is_open:
            _checked_domains(vendor.domains)
        if is_open and not vendor.domains:
            raise FieldError("domains", "The vendor has no domain.")
        vendor.is_domain_open = is_open
        vendor.save(update_fields=["is_domain_open"])
        _record("vendor.domain_opened" if is_open else "vendor.domain_closed", slug, {"domains": list(vendor.domains)})
    return vendor


def invite_at_once(*, email: str, full_name: str, vendor: str, inviter: str, now: datetime) -> Invitation:
    """The same as an invitation from the page, in a sponsor's name; the audit row says that an operator made it."""
    found = Vendor.objects.filter(slug=vendor).first()
    if found is None:
        raise FieldError("vendor", "There is no vendor with this short name.")
    return save_invitation(
        by=_staff(inviter), actor=audit.OPERATOR, vendor=found, email=email, full_name=full_name, now=now
    )


def _staff(email: str) -> User:
    user = User.objects.filter(email=email.strip().lower(), is_staff=True, is_active=True).first()
    if user is None:
        raise FieldError("email", f"{email} is no open staff account.")
    return user


def _checked_domains(typed: Sequence[str]) -> list[str]:
    domains = []
    for each in typed:
        domain = canonical_domain(each)
        if domain is None or is_free_mail(domain):
            raise FieldError("domains", f"{each} is not a company's domain.")
        domains.append(domain)
    return domains


def _record(kind: str, subject: str, facts: dict[str, audit.Fact]) -> None:
    audit.record_event(kind=kind, subject=subject, actor=audit.OPERATOR, facts=facts)
