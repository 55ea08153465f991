"""What somebody shows: a code, a sign-in or a claim at a link, a passkey's signature over what they approve."""

import hmac
from typing import Final

from django.conf import settings

from grants import permissions, queries
from grants.errors import CodeNotToldError, SignatureNeededError, SignatureRefusedError, WrongCodeError
from grants.gateways import sealing, webauthn
from grants.models import Grant, PickupLink, User
from grants.models.template import PickupCheck
from grants.policy.signing import signed_digest
from grants.values import Shown

BY_CODE: Final = frozenset({PickupCheck.REQUESTER_CODE, PickupCheck.SPOKEN_CODE})


def check_assertion(*, by: User, assertion: str, signed_hash: str, is_needed: bool, group: str = "") -> None:
    """A passkey's signature over ``signed_hash``, said while they can do something; for ``group`` by a key of it."""
    if not assertion:
        if is_needed:
            raise SignatureNeededError
        return
    credential_id = webauthn.credential_id_of(assertion)
    key = by.approver_keys.filter(credential_id=credential_id, revoked_at=None).first()
    # Its owner removed it, or a reset did, because the device is in other hands: an operator may not know of that yet.
    enrolled = webauthn.passkeys_among(queries.registrations_of(by))
    if key is None or credential_id not in {passkey.credential_id for passkey in enrolled}:
        raise SignatureRefusedError("not a believed key, or not enrolled any more")
    if group and group not in key.groups:
        raise SignatureRefusedError(f"not a believed key of {group}")
    webauthn.check_signature(
        answer=assertion,
        public_key=bytes(key.public_key),
        digest=signed_digest(signed_hash, group),
        public_url=settings.PUBLIC_URL,
    )


def check_shown(grant: Grant, check: str, shown: Shown, *, to_end: bool = False) -> None:
    """The recipient shows what the template wants besides the link; ``to_end``: they end the access, which is safe.

    Raises WrongCodeError, whose tries the caller counts, CodeNotToldError, SignInNeededError. Where a link alone is
    enough to pick up, it is not to end: a mail scanner that presses every button must end nothing.
    """
    if check in BY_CODE:
        if grant.code_digest is None:
            raise CodeNotToldError
        if not is_pickup_code(grant, shown.code):
            raise WrongCodeError(0)
    elif check == PickupCheck.SIGN_IN or to_end:
        permissions.check_signed_in(grant, shown, with_factor=not to_end)


def claim_of(link: PickupLink) -> str:
    """What a browser keeps that has passed the check of ``link``: good until the link is claimed anew."""
    claimed_at = link.claimed_at.isoformat() if link.claimed_at else ""
    return sealing.claim_digest(link_id=link.pk, claimed_at=claimed_at) if claimed_at else ""


def is_claim(link: PickupLink, claim: str) -> bool:
    """Whether ``claim`` is this link's, compared in constant time."""
    return bool(claim) and claim.isascii() and hmac.compare_digest(claim_of(link), claim)


def is_pickup_code(grant: Grant, code: str) -> bool:
    """Whether this is the grant's pickup code, compared in constant time."""
    typed = sealing.code_digest(code=code, grant_id=grant.pk)
    return hmac.compare_digest(bytes(grant.code_digest or b""), typed)
