"""Who there is, for those who answer for them."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from grants import permissions
from grants.errors import NotFoundError
from grants.lifecycle import LIVE, State
from grants.models import Decision, Grant, Invitation, PersonChange, SignIn, User, Vendor
from grants.models.decision import Verdict
from grants.models.invitation import OPEN_INVITATION
from grants.models.person import TEMPLATE_ADMINS
from grants.models.person_change import OPEN_CHANGE

ACTIVE_OR_FROZEN: Final = Q(is_active=True) | Q(frozen_at__isnull=False)


@dataclass(frozen=True, slots=True)
class VendorPeople:
    """One vendor's contractors: inside, waiting to be let in, and invited."""

    vendor: Vendor
    inside: list[User]
    waiting: list[User]
    frozen: list[User]
    invited: list[Invitation]


def vendors_of(by: User) -> "QuerySet[Vendor]":
    """The vendors this person answers for: an admin's are all, a sponsor's their own."""
    permissions.check_sees_people(by)
    rows = Vendor.objects.order_by("name")
    return rows if TEMPLATE_ADMINS in by.roles else rows.filter(sponsors=by)


def people_of_vendors(by: User, now: datetime, slug: str = "") -> list[VendorPeople]:
    """Everybody of those vendors, or of the one. A stranger shows up once the mailed code has proved the address."""
    vendors = list(vendors_of(by).filter(slug=slug) if slug else vendors_of(by))
    users = User.objects.filter(ACTIVE_OR_FROZEN, vendor__in=vendors).order_by("email")
    known = list(users.exclude(waiting_since__isnull=False, last_login=None))
    invited = list(Invitation.objects.filter(OPEN_INVITATION, vendor__in=vendors, expires_at__gt=now))
    return [
        VendorPeople(
            vendor=vendor,
            inside=[user for user in known if _is_of(vendor, user) and user.waiting_since is None],
            waiting=[user for user in known if _is_of(vendor, user) and user.waiting_since is not None],
            frozen=[user for user in known if user.vendor_id == vendor.pk and user.frozen_at is not None],
            invited=[invitation for invitation in invited if invitation.vendor_id == vendor.pk],
        )
        for vendor in vendors
    ]


def _is_of(vendor: Vendor, user: User) -> bool:
    return user.vendor_id == vendor.pk and user.frozen_at is None


def person_to_freeze(by: User, user_id: uuid.UUID) -> User:
    """Anybody's account that is open or frozen already."""
    permissions.check_may_freeze(by)
    user = User.objects.select_related("vendor", "frozen_by").filter(ACTIVE_OR_FROZEN, pk=user_id).first()
    if user is None:
        raise NotFoundError
    return user


def held_by(user: User) -> "QuerySet[Grant]":
    """Live grants that this person holds, asked for, or approved, the last to end first."""
    signed = Decision.objects.filter(decider_person=user.person, verdict=Verdict.APPROVE).values("grant")
    theirs = Q(recipient_person=user.person) | Q(requester_person=user.person) | Q(pk__in=signed)
    rows = Grant.objects.select_related("recipient", "vendor").filter(theirs, state__in=sorted(LIVE))
    return rows.order_by(F("ends_at").desc(nulls_last=True), "reference")


def undecided_signed_by(user: User) -> "QuerySet[Grant]":
    """Undecided requests that this person has signed as they are; their freezing voids that, whatever comes later."""
    signed = Decision.objects.filter(
        grant=OuterRef("pk"),
        snapshot_hash=OuterRef("snapshot_hash"),
        verdict=Verdict.APPROVE,
        decider_person=user.person,
    )
    rows = Grant.objects.select_related("recipient", "vendor").filter(Exists(signed), state=State.REQUESTED)
    return rows.order_by("requested_at")


def contractor_for(by: User, user_id: uuid.UUID) -> User:
    """One open contractor account that this person answers for."""
    vendors = vendors_of(by)
    user = User.objects.select_related("vendor").filter(ACTIVE_OR_FROZEN, pk=user_id, vendor__in=vendors).first()
    if user is None:
        raise NotFoundError
    return user


def staff_for_admin(by: User) -> "QuerySet[User]":
    """Every open staff account with its roles."""
    permissions.check_template_admin(by)
    return User.objects.filter(is_staff=True, is_active=True).prefetch_related("groups").order_by("email")


def frozen_staff(by: User) -> "QuerySet[User]":
    """Every frozen staff account."""
    permissions.check_template_admin(by)
    return User.objects.filter(is_staff=True, frozen_at__isnull=False).select_related("frozen_by").order_by("email")


def open_changes(by: User, now: datetime) -> "QuerySet[PersonChange]":
    """Changes that wait for a second admin, oldest first."""
    permissions.check_template_admin(by)
    return PersonChange.objects.select_related("asked_by").filter(OPEN_CHANGE, expires_at__gt=now)


def change_for(by: User, change_id: uuid.UUID) -> PersonChange:
    """One change, settled or not."""
    permissions.check_template_admin(by)
    change = PersonChange.objects.select_related("asked_by", "confirmed_by", "refused_by").filter(pk=change_id).first()
    if change is None:
        raise NotFoundError
    return change


def addresses_of_other_admins(by: User, subject: User | None) -> Iterable[str]:
    """Mail addresses of the admins who may confirm what ``by`` asks about ``subject``."""
    admins = User.objects.filter(is_active=True, is_staff=True, groups__name=TEMPLATE_ADMINS)
    taken_part = Q(person=by.person) | (Q(person=subject.person) if subject else Q(pk__in=[]))
    return list(admins.exclude(taken_part).values_list("email", flat=True))


def members_of(group: str) -> int:
    """How many persons are in a group and still here."""
    staff = User.objects.filter(is_active=True, is_staff=True, groups__name=group)
    return staff.values("person").distinct().count()


def role_names() -> list[str]:
    """Every role there is."""
    return list(Group.objects.order_by("name").values_list("name", flat=True))


def sign_ins_of(by: User, now: datetime) -> "QuerySet[SignIn]":
    """Their own sessions that are still open, newest first."""
    live = Session.objects.filter(expire_date__gt=now).values("session_key")
    return SignIn.objects.filter(user=by, session_row__in=live)


def registrations_of(user: User) -> list[tuple[str, Mapping[str, Any]]]:
    """(name, what the browser answered when it was enrolled) of every passkey that the account has now."""
    rows = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).order_by("created_at")
    return [(str(row.data.get("name", "")), row.data.get("credential", {})) for row in rows]
