"""What a pickup page says, by the check of its template and by what is there."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from grants.flows.reveal import LinkView, WaitView
from grants.models import User
from grants.models.template import PickupCheck
from grants.policy.sentence import describe_seconds
from grants.presenters.words import CHECKS
from grants.values import PROOF_SECONDS

REFUSED: Final = "AWS refused. Nothing was used up: the link stays good, and an approver can let Daypass try again."


@dataclass(frozen=True, slots=True)
class SignedIn:
    """How far the person at the browser has come with signing in: ``step`` is sign_in, other, factor or done."""

    step: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class PickupPage:
    """The words and fields of the page. ``left`` is how long the credentials still work, where that is little."""

    have_ready: str
    asks_code: bool
    signed_in: SignedIn | None
    whole: str
    left: str


@dataclass(frozen=True, slots=True)
class WaitPage:
    """A page that waits, is ready, or says that AWS refused."""

    link_id: UUID
    reference: str
    vendor_name: str
    waits_for: str
    refused: str
    failure_code: str


def signed_in_as(user: User | None, recipient_id: UUID) -> SignedIn:
    """What is missing until this is the recipient with a fresh second factor."""
    if user is None:
        return SignedIn("sign_in")
    if user.pk != recipient_id:
        return SignedIn("other", user.email)
    is_fresh = user.proof is not None and user.proof.age_seconds < PROOF_SECONDS
    return SignedIn("done" if is_fresh else "factor", user.email)


def pickup_page(link: LinkView, signed_in: SignedIn) -> PickupPage:
    """The page of a link that still opens something."""
    check = link.pickup_check
    return PickupPage(
        have_ready=CHECKS[check].have_ready,
        asks_code=check in {PickupCheck.REQUESTER_CODE, PickupCheck.SPOKEN_CODE},
        signed_in=signed_in if check == PickupCheck.SIGN_IN else None,
        whole=describe_seconds(link.seconds),
        left=describe_seconds(int(link.little_left.total_seconds())) or "under a minute" if link.little_left else "",
    )


def wait_page(wait: WaitView) -> WaitPage:
    """The page of somebody who passed the check."""
    return WaitPage(
        link_id=wait.link_id,
        reference=wait.reference,
        vendor_name=wait.vendor_name,
        waits_for=wait.waits_for.value,
        refused=REFUSED if wait.failure_code else "",
        failure_code=wait.failure_code,
    )
