"""A new issuer is proposed by one template admin and confirmed, or refused, by another."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from grants import audit, dispatch, ledger, permissions, queries
from grants.errors import FieldError, WrongStateError
from grants.flows.issuers.register import check_fields, facts_of, save_new, subject_of
from grants.models import Issuer, IssuerProposal, User
from grants.models.issuer_proposal import OPEN_PROPOSAL

PROPOSAL_LIFE: Final = timedelta(days=3)


def propose_issuer(*, issuer: Issuer, reason: str, by: User, now: datetime) -> IssuerProposal:
    """Write down what is wanted, and tell the other admins. Nothing mints yet. FieldError at the field."""
    permissions.check_template_admin(by)
    check_fields(issuer)
    if not reason.strip():
        raise FieldError("reason", "Say why, so that whoever confirms it knows.")
    with transaction.atomic():
        open_ones = IssuerProposal.objects.filter(OPEN_PROPOSAL, name=issuer.name)
        open_ones.filter(expires_at__lte=now).update(refused_at=now, refused_by=by)
        if open_ones.exists():
            raise FieldError("name", "An issuer of that name already waits for a second admin.")
        proposal = IssuerProposal.objects.create(
            name=issuer.name,
            fields=facts_of(issuer),
            reason=reason.strip(),
            asked_by=by,
            asked_by_person=by.person,
            asked_at=now,
            expires_at=now + PROPOSAL_LIFE,
        )
        _tell(proposal, now)
        audit.record_event(
            kind="issuer.proposed",
            subject=subject_of(issuer),
            actor=audit.actor_of(by),
            facts=facts_of(issuer),
            personal={"reason": proposal.reason},
        )
    return proposal


def confirm_issuer(*, proposal_id: UUID, by: User, now: datetime) -> Issuer:
    """Register it, as it was proposed. Refused for whoever proposed it."""
    permissions.check_template_admin(by)
    with transaction.atomic():
        proposal = queries.proposal_for(by, proposal_id, lock=True)
        permissions.check_may_confirm_issuer(by, proposal)
        permissions.check_still_here(proposal.asked_by)
        if proposal.confirmed_at or proposal.refused_at or proposal.expires_at <= now:
            raise WrongStateError("settled or too old")
        issuer = save_new(Issuer(**proposal.fields), actor=audit.actor_of(by), proposed_by=str(proposal.asked_by_id))
        proposal.confirmed_by, proposal.confirmed_by_person, proposal.confirmed_at = by, by.person, now
        proposal.issuer = issuer
        proposal.save(update_fields=["confirmed_by", "confirmed_by_person", "confirmed_at", "issuer"])
        dispatch.ring_after_commit(dispatch.READ_ISSUER, issuer.pk)
    return issuer


def refuse_issuer(*, proposal_id: UUID, by: User, now: datetime) -> IssuerProposal:
    """Say no, or take one's own back."""
    permissions.check_template_admin(by)
    with transaction.atomic():
        proposal = queries.proposal_for(by, proposal_id, lock=True)
        if IssuerProposal.objects.filter(OPEN_PROPOSAL, pk=proposal.pk).update(refused_by=by, refused_at=now) != 1:
            raise WrongStateError("settled already")
        audit.record_event(
            kind="issuer.proposal_refused",
            subject=f"issuer {proposal.fields['account_id']}",
            actor=audit.actor_of(by),
            facts={"name": proposal.name},
        )
    return proposal


def _tell(proposal: IssuerProposal, now: datetime) -> None:
    context = {
        "issuer": proposal.name,
        "account": proposal.fields["account_id"],
        "principal": proposal.fields["role_arn"] or proposal.fields["user_arn"],
        "who": str(proposal.asked_by),
        "reason": proposal.reason,
        "next_url": f"{settings.PUBLIC_URL}{reverse('grants:issuer_proposal', args=[proposal.pk])}",
        "public_url": settings.PUBLIC_URL,
    }
    for address in queries.addresses_of_other_admins(proposal.asked_by, None):
        ledger.queue_mail(order=ledger.MailOrder("issuer_to_confirm", address, context), grant=None, now=now)
