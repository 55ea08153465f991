"""Pre-approved windows: which one is open for whom, who signed it, what was given under it."""

from datetime import datetime
from typing import Any, Final

from django.db.models import Count, OuterRef, QuerySet, Subquery

from grants import permissions
from grants.errors import NotFoundError
from grants.models import Grant, GrantTemplate, IssueAttempt, TemplateVersion, User, Vendor, Window, WindowSignature
from grants.models.attempt import Outcome, Purpose
from grants.models.person import AUDITORS
from grants.models.window import NOT_CLOSED
from grants.policy.signers import Signature

WINDOW_PARTS: Final = ("template_version__template", "vendor", "drawn_up_by", "closed_by")
SHOWN_GRANTS: Final = 200


def open_windows_for(
    recipient: User, version: TemplateVersion, now: datetime, *, for_update: bool = False
) -> list[Window]:
    """Open ones for this person and template, of whichever of its versions, the last to end first."""
    rows = Window.objects.filter(NOT_CLOSED, persons__contains=[recipient.person], ends_at__gt=now)
    rows = rows.filter(opened_at__isnull=False, template_version__template_id=version.template_id)
    if for_update:
        rows = rows.select_for_update(of=("self",), no_key=True)
    return list(rows.order_by("-ends_at", "pk"))


def holding_window_signatures(window: Window) -> "QuerySet[WindowSignature]":
    """Signatures of people who are still here, oldest first."""
    rows = window.signatures.filter(text_hash=window.text_hash, signer__is_active=True)
    return rows.order_by("signed_at")


def window_signatures(window: Window) -> list[Signature]:
    """The same as (group, person)."""
    return list(holding_window_signatures(window).values_list("group", "signer_person"))


def minted_under(window: Window, *, besides: Grant) -> int:
    """For how many other grants under it AWS gave, or may have given, credentials."""
    attempts = IssueAttempt.objects.filter(grant__window=window, purpose=Purpose.GRANT).exclude(grant=besides)
    return attempts.exclude(outcome=Outcome.FAILED).values("grant").distinct().count()


def locked_window(reference: str) -> Window:
    """A window under the lock that a request under it has to wait for."""
    rows = Window.objects.select_for_update(of=("self",), no_key=True).filter(reference=reference)
    window = rows.select_related("template_version", "vendor").first()
    if window is None:
        raise NotFoundError
    return window


def windows_for(by: User) -> "QuerySet[Window]":
    """Every window of a template that one of their groups signs for; an auditor reads all. With what they show."""
    rows = _shown_windows()
    if permissions.allowed(permissions.check_auditor, by):
        return rows
    permissions.check_approver(by)
    return rows.filter(template_version__approver_groups__overlap=sorted(by.roles))


def windows_on(template: GrantTemplate, now: datetime) -> "QuerySet[Window]":
    """Every window of a template, of whichever version, that is neither closed nor over, the first to end on top."""
    rows = _shown_windows().filter(NOT_CLOSED, template_version__template=template, ends_at__gt=now)
    return rows.order_by("ends_at", "reference")


def _shown_windows() -> "QuerySet[Window]":
    versions = TemplateVersion.objects.filter(template=OuterRef("template_version__template")).order_by("-number")
    rows = Window.objects.select_related(*WINDOW_PARTS).prefetch_related("signatures__signer")
    return rows.annotate(used=Count("grants"), newest=Subquery(versions.values("pk")[:1]))


def window_for(by: User, reference: str) -> Window:
    """One of them, whole."""
    window = windows_for(by).filter(reference=reference).first()
    if window is None:
        raise NotFoundError
    return window


def grants_under(window: Window) -> list[Grant]:
    """What was given under it, newest first."""
    rows = window.grants.select_related("recipient", "requester").order_by("-requested_at")
    return list(rows[:SHOWN_GRANTS])


def window_signers(window: Window) -> list[str]:
    """Mail addresses of everybody who may sign it."""
    staff = User.objects.filter(is_active=True, is_staff=True, groups__name__in=window.template_version.approver_groups)
    staff = staff.exclude(groups__name=AUDITORS).exclude(person__in=window.terms.bound)
    return list(staff.distinct().order_by("email").values_list("email", flat=True))


def windows_to_offer(by: User, now: datetime) -> dict[str, list[Any]]:
    """The templates in use that one of their groups signs for, and the vendors under contract that one is open to."""
    templates = [version.template for version in _signed_for(by)]
    vendors = Vendor.objects.filter(templates__in=templates, is_active=True, contract_ends_at__gt=now)
    return {"templates": templates, "vendors": list(vendors.distinct().order_by("name"))}


def version_to_open(by: User, slug: str) -> TemplateVersion:
    """The newest version of such a template."""
    for version in _signed_for(by):
        if version.template.slug == slug:
            return version
    raise NotFoundError


def _signed_for(by: User) -> list[TemplateVersion]:
    permissions.check_approver(by)
    rows = TemplateVersion.objects.filter(template__retired_at=None, issuer__is_active=True)
    newest = rows.select_related("template", "issuer").order_by("template__name", "-number").distinct("template__name")
    return [version for version in newest if by.roles & set(version.approver_groups)]


def vendor_to_open(version: TemplateVersion, slug: str, now: datetime) -> Vendor:
    """A vendor under contract that the template is open to."""
    vendor = version.template.vendors.filter(slug=slug, is_active=True, contract_ends_at__gt=now).first()
    if vendor is None:
        raise NotFoundError
    return vendor


def possible_recipients(vendor: Vendor, by: User) -> list[User]:
    """Contractors of a vendor who may ask for access, but for those whom ``by`` invited."""
    people = User.objects.select_related("invited_by").filter(vendor=vendor, is_active=True, waiting_since=None)
    return list(people.exclude(person=by.person).exclude(invited_by__person=by.person).order_by("full_name", "email"))
