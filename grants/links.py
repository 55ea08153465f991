"""Pickup link tokens: minted, hashed, compared, and turned into the key pair that only their holder has."""

import base64
import hashlib
import hmac
import re
import secrets
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from grants.errors import PickupError

TOKEN_BYTES: Final = 32
# Of the last character two bits are unused: if they could be anything, four spellings would open one link.
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_KEY_LABEL: Final = b"daypass/link/x25519/v1"


def mint_token() -> str:
    """A fresh link token: 32 random bytes as 43 characters of unpadded base64url."""
    return base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).rstrip(b"=").decode()


def token_digest(token: str) -> bytes:
    """The SHA-256 (32 bytes) under which a link is kept; raises PickupError for what is no token."""
    _bytes_of(token)
    return hashlib.sha256(token.encode()).digest()


def is_same(*, digest: bytes, token: str) -> bool:
    """Whether ``token`` is the one behind ``digest``, in constant time; what is no token is nobody's."""
    try:
        return hmac.compare_digest(digest, token_digest(token))
    except PickupError:
        return False


def public_key_of(token: str) -> bytes:
    """The X25519 public key (32 bytes) to which a link's credentials are sealed."""
    return private_key_of(token).public_key().public_bytes_raw()


def private_key_of(token: str) -> X25519PrivateKey:
    """The X25519 private key that only the holder of the link can derive (HKDF-SHA256 with a label of its own)."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_KEY_LABEL).derive(_bytes_of(token))
    return X25519PrivateKey.from_private_bytes(derived)


def _bytes_of(token: str) -> bytes:
    if not _TOKEN.fullmatch(token):
        raise PickupError("malformed token")
    return base64.urlsafe_b64decode(token + "=")
