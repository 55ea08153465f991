"""Somebody sets out to the company's sign-in."""

import secrets

from grants.gateways import openid
from grants.values import Errand, OpenIdProvider

BYTES = 32  # 256 bits each; 43 characters, as RFC 7636 wants of a verifier


def set_out(*, provider: OpenIdProvider) -> tuple[Errand, str]:
    """What the way back must show, and where the way begins. Nothing is written."""
    state, nonce, verifier = (secrets.token_urlsafe(BYTES) for _ in range(3))
    errand = Errand(state=state, nonce=nonce, verifier=verifier)
    return errand, openid.authorization_url(provider=provider, errand=errand)
