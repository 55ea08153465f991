"""A recipient ends their own access: the work is done, or somebody else opened the link."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from grants import audit, ledger, policies, queries
from grants.errors import EndLockedError, PickupError, WrongCodeError
from grants.lifecycle import State
from grants.models import Grant, PickupLink
from grants.values import CODE_TRIES, Origin, Shown

HANDED_BACK: Final = "grant.handed_back"
DISOWNED: Final = "grant.disowned"


@dataclass(frozen=True, slots=True)
class UsedLink:
    """What the page may say: which grant, when and from where the link was used, until when the access lasts."""

    link_id: UUID
    reference: str
    used_at: datetime
    used_from: str | None
    ends_at: datetime | None
    is_over: bool
    pickup_check: str
    recipient_id: UUID


def find_used_link(*, link_id: UUID, token: str | None) -> UsedLink:
    """A link that was used, for whoever holds its token; PickupError for any other."""
    link = queries.authentic_link(link_id, token)
    if link.used_at is None:
        raise PickupError
    return UsedLink(
        link_id=link.pk,
        reference=link.grant.reference,
        used_at=link.used_at,
        used_from=link.used_from,
        ends_at=link.grant.ends_at,
        is_over=link.grant.state != State.REVEALED,
        pickup_check=link.grant.template_version.pickup_check,
        recipient_id=link.grant.recipient_id,
    )


def hand_back_grant(
    *, link_id: UUID, token: str | None, shown: Shown, disowned: bool, origin: Origin, now: datetime
) -> Grant:
    """Have AWS refuse the session of a used link. ``disowned``: the recipient says it was not them, and all are told.

    Needs the pickup code or signing in, so that a mail scanner that presses every button ends nothing. Raises
    WrongCodeError, EndLockedError after too many, SignInNeededError, WrongStateError when the access is over,
    PickupError for a foreign link.
    """
    link = queries.authentic_link(link_id, token)
    with transaction.atomic():
        outcome = _try(link=link, shown=shown, disowned=disowned, origin=origin, now=now)
    if isinstance(outcome, PickupError):
        raise outcome
    return outcome


def _try(*, link: PickupLink, shown: Shown, disowned: bool, origin: Origin, now: datetime) -> Grant | PickupError:
    grant = queries.locked_grant(pk=link.grant_id)
    event = DISOWNED if disowned else HANDED_BACK
    policies.check_state(grant, event)
    link.refresh_from_db(fields=["end_tries"])
    if link.end_tries >= CODE_TRIES:
        return EndLockedError()
    try:
        ledger.check_shown(grant, link.grant.template_version.pickup_check, shown, to_end=True)
    except WrongCodeError:
        return _count_wrong_code(grant=grant, link=link, origin=origin, now=now)
    ledger.move_grant(
        grant=grant,
        event=event,
        actor=audit.RECIPIENT,
        now=now,
        facts={"denied": ledger.deny_live_sessions(grant, now)},
        personal={"ip": origin.ip or "unknown", "agent": origin.agent[:200]},
        mails=_letters(grant, disowned=disowned),
    )
    return grant


def _count_wrong_code(*, grant: Grant, link: PickupLink, origin: Origin, now: datetime) -> PickupError:
    """On record each time; both sides are told when the page locks. Its tries are its own, not those of the reveal."""
    left = CODE_TRIES - link.end_tries - 1
    PickupLink.objects.filter(pk=link.pk).update(end_tries=F("end_tries") + 1)
    audit.record_event(
        kind="link.refused",
        subject=grant.reference,
        actor=audit.RECIPIENT,
        facts={"link": str(link.pk), "code": WrongCodeError.code, "page": "end"},
        personal={"ip": origin.ip or "unknown", "agent": origin.agent[:200]},
    )
    if left:
        return WrongCodeError(left)
    for address in queries.addresses_to_warn(grant):
        ledger.queue_mail(order=ledger.grant_letter("end_locked", grant, to=address), grant=grant, now=now)
    return EndLockedError()


def _letters(grant: Grant, *, disowned: bool) -> list[ledger.MailOrder]:
    if disowned:
        who = str(grant.recipient)
        warned = queries.addresses_to_warn(grant)
        return [ledger.grant_letter("grant_disowned", grant, to=to, recipient=who) for to in warned]
    reason = "You handed it back."
    return [ledger.grant_letter("grant_revoked", grant, to=grant.recipient.email, reason=reason)]
