"""What the pages of a link may say before anything is shown; looking spends nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from grants import ledger, policies, queries
from grants.errors import ClaimLostError
from grants.flows.reveal.fate import check_fate
from grants.lifecycle import State
from grants.models import PickupLink
from grants.policy.near_end import is_little_left
from grants.values import CODE_TRIES


@dataclass(frozen=True, slots=True)
class LinkView:
    """What a pickup page may say before the check: who gives, until when; not which bucket.

    ``is_made_then``: nothing exists yet. ``little_left`` of ``seconds``: so long do they still work, where that is
    little; ``can_renew``: the approval still covers a fresh issue.
    """

    link_id: UUID
    reference: str
    vendor_name: str
    expires_at: datetime
    ends_at: datetime | None
    tries_left: int
    pickup_check: str
    recipient_id: UUID
    is_made_then: bool
    seconds: int
    little_left: timedelta | None
    can_renew: bool


class Wait(StrEnum):
    """What a waiting page waits for."""

    AWS = "aws"
    CODE = "code"
    PERSON = "person"
    NOTHING = "nothing"


WAITS: Final = {State.ISSUED: Wait.NOTHING, State.FAILED: Wait.PERSON, State.AWAITING_CODE: Wait.CODE}


@dataclass(frozen=True, slots=True)
class WaitView:
    """A page that waits, is ready, or says with ``failure_code`` that AWS refused."""

    link_id: UUID
    reference: str
    vendor_name: str
    expires_at: datetime
    waits_for: Wait
    failure_code: str
    pickup_check: str


def find_check(link_id: UUID) -> str:
    """What the form of a link asks for, in one small question; of a link that never was, nothing in particular."""
    found = PickupLink.objects.filter(pk=link_id).values_list("grant__template_version__pickup_check", flat=True)
    return found.first() or ""


def find_link(*, link_id: UUID, token: str | None, now: datetime) -> LinkView:
    """What this link's page shows; a foreign or unknown token gets the answer of a link that never was."""
    link = queries.authentic_link(link_id, token)
    check_fate(link, now)
    grant = link.grant
    is_issued = grant.state == State.ISSUED
    is_little = is_issued and is_little_left(grant.ends_at, seconds=grant.seconds, now=now)
    return LinkView(
        link_id=link.pk,
        reference=grant.reference,
        vendor_name=grant.vendor.name,
        expires_at=link.expires_at,
        ends_at=grant.ends_at if is_issued else None,
        tries_left=CODE_TRIES - link.tries,
        pickup_check=grant.template_version.pickup_check,
        recipient_id=grant.recipient_id,
        is_made_then=not is_issued,
        seconds=grant.seconds,
        little_left=grant.ends_at - now if is_little and grant.ends_at else None,
        can_renew=is_little and policies.may_renew(grant, queries.issues_of(grant), now),
    )


def find_wait(*, link_id: UUID, token: str | None, claim: str, now: datetime) -> WaitView:
    """Where the credentials are for whoever has passed the check; ClaimLostError for anybody else."""
    link = queries.authentic_link(link_id, token)
    check_fate(link, now)
    if not ledger.is_claim(link, claim):
        raise ClaimLostError
    grant = link.grant
    waits_for = WAITS.get(State(grant.state), Wait.AWS)
    return WaitView(
        link_id=link.pk,
        reference=grant.reference,
        vendor_name=grant.vendor.name,
        expires_at=link.expires_at,
        waits_for=waits_for,
        failure_code=grant.failure_code if waits_for is Wait.PERSON else "",
        pickup_check=grant.template_version.pickup_check,
    )
