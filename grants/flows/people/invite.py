"""A sponsor or a template admin invites a contractor, or takes an invitation back."""

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from grants import audit, permissions, policies
from grants.audit import Actor
from grants.errors import NotFoundError, WrongStateError
from grants.flows.people.letters import tell_invited
from grants.models import Invitation, User, Vendor

INVITATION_LIFE: Final = timedelta(days=14)


def invite_contractor(*, by: User, vendor_id: uuid.UUID, email: str, full_name: str, now: datetime) -> Invitation:
    """Let an address in for a vendor and tell it so. FieldError names email, full_name or vendor."""
    vendor = Vendor.objects.filter(pk=vendor_id).first()
    if vendor is None:
        raise NotFoundError
    permissions.check_may_invite(by, vendor)
    return save_invitation(by=by, actor=audit.actor_of(by), vendor=vendor, email=email, full_name=full_name, now=now)


def save_invitation(*, by: User, actor: Actor, vendor: Vendor, email: str, full_name: str, now: datetime) -> Invitation:
    """The invitation, its mail and its audit row; ``by`` will never decide on what the invited asks for."""
    policies.check_vendor_open(vendor, now)
    address = policies.check_new_address(email)
    with transaction.atomic():
        Invitation.objects.filter(email=address, accepted_at=None, withdrawn_at=None, expires_at__lte=now).update(
            withdrawn_at=now
        )
        policies.check_not_invited(address)
        invitation = Invitation.objects.create(
            vendor=vendor,
            email=address,
            full_name=full_name.strip(),
            invited_by=by,
            invited_at=now,
            expires_at=min(now + INVITATION_LIFE, vendor.contract_ends_at),
        )
        tell_invited(invitation=invitation, now=now)
        audit.record_event(
            kind="person.invited",
            subject=str(invitation.pk),
            actor=actor,
            facts={"vendor": vendor.slug, "inviter": str(by.pk)},
            personal={"email": address},
        )
    return invitation


def withdraw_invitation(*, invitation_id: uuid.UUID, by: User, now: datetime) -> None:
    """Take an open invitation back. Raises WrongStateError once it was accepted or withdrawn."""
    with transaction.atomic():
        invitation = Invitation.objects.select_related("vendor").filter(pk=invitation_id).first()
        if invitation is None:
            raise NotFoundError
        permissions.check_may_invite(by, invitation.vendor)
        still_open = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None)
        if still_open.update(withdrawn_at=now) != 1:
            raise WrongStateError("no longer open")
        audit.record_event(kind="person.invitation_withdrawn", subject=str(invitation.pk), actor=audit.actor_of(by))
