"""The pages on which a code of an MFA device is typed, and a pickup code is made to be told."""

from dataclasses import dataclass
from typing import Final

from grants.lifecycle import State
from grants.models import Grant
from grants.models.template import PickupCheck
from grants.presenters.words import StateWords, for_how_long, sentence_of, state_words

AGAIN: Final = {
    "": "",
    "code_late": "The last code came too late to AWS, so it was thrown away unused. Wait for a fresh one.",
    "sts_mfa_refused": (
        "AWS did not accept the last code. Wait until the device shows a new one, because each works once; and check "
        "that it is the right device."
    ),
}
TRIED: Final = "AWS was asked with the last code and gave nothing. A code is never sent twice, so it takes a fresh one."


@dataclass(frozen=True, slots=True)
class CodeView:
    """What a custodian reads before typing. ``device`` is empty when no code is wanted now."""

    reference: str
    sentence: str
    hours: str
    recipient: str
    vendor: str
    state: StateWords
    device: str
    again: str


def code_view(grant: Grant) -> CodeView:
    """The page for ``grant``."""
    is_wanted = grant.state == State.AWAITING_CODE
    return CodeView(
        reference=grant.reference,
        sentence=sentence_of(grant),
        hours=for_how_long(grant.seconds),
        recipient=grant.recipient.email,
        vendor=grant.vendor.name,
        state=state_words(grant.state),
        device=grant.issuer.mfa_serial if is_wanted else "",
        again=AGAIN.get(grant.failure_code, TRIED) if is_wanted else "",
    )


@dataclass(frozen=True, slots=True)
class TellingView:
    """Whom to ring. ``is_wanted``: the template wants a told code, and the access is still to be picked up."""

    reference: str
    sentence: str
    recipient: str
    vendor: str
    state: StateWords
    is_wanted: bool
    has_one: bool


def telling_view(grant: Grant, *, tellable: bool) -> TellingView:
    """The page for ``grant``."""
    return TellingView(
        reference=grant.reference,
        sentence=sentence_of(grant),
        recipient=f"{grant.recipient} ({grant.recipient.email})",
        vendor=grant.vendor.name,
        state=state_words(grant.state),
        is_wanted=tellable and grant.template_version.pickup_check == PickupCheck.SPOKEN_CODE,
        has_one=grant.code_digest is not None,
    )
