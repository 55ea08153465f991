"""The outbox: what a mail may show, for whom it is, and the rows of it for the mail worker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.conf import settings

from grants import dispatch, queries
from grants.gateways import sealing
from grants.models import Grant, OutboxMail
from grants.models.rows import write_all
from grants.policy import notices
from grants.values import SealedBox


@dataclass(frozen=True, slots=True)
class MailOrder:
    """A mail to be queued: its event, to whom, what it may show, and what only the mail worker may read."""

    event: str
    to: str
    context: Mapping[str, Any]
    secrets: bytes = field(default=b"", repr=False)


def grant_letter(event: str, grant: Grant, *, to: str, **more: Any) -> MailOrder:
    """A mail about a grant with what every such mail says; it leads approvers to the card, others to their request."""
    page = "requests" if to in {grant.requester.email, grant.recipient.email} else "approvals"
    context = {
        "reference": grant.reference,
        "vendor": grant.vendor.name,
        "requester": str(grant.requester),
        "public_url": settings.PUBLIC_URL,
        "next_url": f"{settings.PUBLIC_URL}/{page}/{grant.reference}/",
        **more,
    }
    secrets = context.pop("secrets", b"")
    return MailOrder(event, to, context, secrets=secrets)


def queue_mail(*, order: MailOrder, grant: Grant | None, now: datetime) -> OutboxMail | None:
    """Save a mail for the mail worker and ring it after commit; its secrets are sealed to that worker alone.

    None when its reader does not want it, or has had so many that one mail for the rest is to come.
    """
    mails = mails_of([order], grant, now)
    if not mails:
        return None
    write_all(*mails)
    ring_for(mails)
    return mails[0]


def mails_of(orders: Sequence[MailOrder], grant: Grant | None, now: datetime) -> list[OutboxMail]:
    """The rows of mails about to be saved, copies for those who stand in among them; then ``ring_for`` them.

    Whoever has had many at once gets one for the rest, which is saved here.
    """
    mails = []
    for order in orders:
        if not queries.wants_mail(order.event, order.to):
            continue
        if order.event == notices.DIGESTED and queries.has_had_many(order.to, now):
            _queue_digest(order.to, now)
            continue
        mails += [_sealed(order, grant, now), *mails_of(_copies(order, grant, now), grant, now)]
    return mails


def ring_for(mails: Sequence[OutboxMail]) -> None:
    """Ring the mail worker for what is saved, once it is committed."""
    for mail in mails:
        dispatch.ring_after_commit(dispatch.DELIVER, mail.pk)


def for_the_sponsor(grant: Grant, mails: Sequence[MailOrder]) -> list[MailOrder]:
    """Whoever asked on the recipient's behalf hears what the recipient hears, but for the link, which is theirs."""
    if not mails or grant.requester_id == grant.recipient_id:
        return []
    asked, picks_up = grant.requester.email, grant.recipient.email
    return [replace(order, to=asked) for order in mails if order.to == picks_up and not order.secrets]


def box_of(mail: OutboxMail) -> SealedBox:
    """The sealed part of a mail as the sealing gateway takes it."""
    return SealedBox(key_id=mail.sealed_key_id, ciphertext=bytes(mail.sealed or b""))


def _sealed(order: MailOrder, grant: Grant | None, now: datetime) -> OutboxMail:
    mail = OutboxMail(
        event=order.event, to_address=order.to, grant=grant, context=dict(order.context), created_at=now, due_at=now
    )
    if order.secrets:
        box = sealing.seal_for_mail(plaintext=order.secrets, info=mail.pk.bytes)
        mail.sealed, mail.sealed_key_id = box.ciphertext, box.key_id
    return mail


def _copies(order: MailOrder, grant: Grant | None, now: datetime) -> list[MailOrder]:
    """The same for whoever stands in for its reader; a copy has none."""
    beside = () if "stands_in_for" in order.context else queries.copies_of(order.event, order.to, grant, now)
    return [
        replace(order, to=address, context={**order.context, "stands_in_for": absent}) for address, absent in beside
    ]


def _queue_digest(to: str, now: datetime) -> None:
    """One mail for all that come before it leaves; the database keeps a second one out."""
    context = {"public_url": settings.PUBLIC_URL, "next_url": f"{settings.PUBLIC_URL}/approvals/"}
    due_at = now + notices.WINDOW
    mail = OutboxMail(event=notices.DIGEST, to_address=to, context=context, created_at=now, due_at=due_at)
    OutboxMail.objects.bulk_create([mail], ignore_conflicts=True)
