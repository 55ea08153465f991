"""Everything Daypass keeps sealed: credentials to a link, mail secrets to the mail worker, the rest at rest."""

import hmac
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from grants.errors import PickupError, SealError
from grants.links import private_key_of
from grants.values import SealedBox, normal_code

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_VERSION: Final = b"\x01"
_LINK: Final = b"daypass/link/v1"
_MAIL: Final = b"daypass/mail/v1"
_REST: Final = b"daypass/rest/v1"
_CODE: Final = b"daypass/pickup-code/v1"
_CLAIM: Final = b"daypass/claim/v1"
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SealingKeyMissingError(SealError):
    """The key that sealed this is not in this process's environment."""

    code = "seal_key_missing"
    way_on = "An operator has to put the key back; nothing is lost until then."
    retryable = True


def seal_for_link(*, plaintext: bytes, public_key: bytes, info: bytes) -> SealedBox:
    """Seal to a link's X25519 key (HPKE, RFC 9180), then under the current sealing key.

    ``info`` says whose this is: opened with another one, it does not open. Raises SealError.
    """
    key_id, key = _current_key()
    inner = _hpke_seal(plaintext, public_key, _join(_LINK, info, key_id.encode()))
    return SealedBox(key_id=key_id, ciphertext=_aes_seal(_cipher(key, _LINK), inner, _join(info, key_id.encode())))


def open_for_link(*, box: SealedBox, token: str, info: bytes) -> bytes:
    """The plaintext for who holds the link ``token``; raises SealError, and uses nothing up."""
    key = _sealing_key(box.key_id)
    try:
        private_key = private_key_of(token)
    except PickupError:
        raise SealError("malformed token") from None
    inner = _aes_open(_cipher(key, _LINK), box.ciphertext, _join(info, box.key_id.encode()))
    return _hpke_open(inner, private_key, _join(_LINK, info, box.key_id.encode()))


def seal_for_mail(*, plaintext: bytes, info: bytes) -> SealedBox:
    """Seal to the mail worker: whoever writes a mail cannot read it back. Raises SealError."""
    key_id, public_key = _mail_public_key()
    return SealedBox(key_id=key_id, ciphertext=_hpke_seal(plaintext, public_key, _join(_MAIL, info, key_id.encode())))


def open_for_mail(*, box: SealedBox, info: bytes) -> bytes:
    """The plaintext, in the mail worker alone; raises SealError."""
    raw = _key_of("MAIL_SEALING_KEYS", box.key_id)
    private_key = X25519PrivateKey.from_private_bytes(raw)
    return _hpke_open(box.ciphertext, private_key, _join(_MAIL, info, box.key_id.encode()))


def seal_at_rest(*, plaintext: bytes, purpose: str, aad: bytes) -> bytes:
    """Seal what this process itself reads back (sessions, MFA seeds); the key's id travels in front.

    Every ``purpose`` has a key of its own; ``aad`` ties the ciphertext to its row. Raises SealError.
    """
    key_id, key = _current_key()
    bound = _join(_REST, purpose.encode(), key_id.encode(), aad)
    sealed = _aes_seal(_cipher(key, _join(_REST, purpose.encode())), plaintext, bound)
    return _VERSION + _short(key_id.encode()) + sealed


def open_at_rest(*, sealed: bytes, purpose: str, aad: bytes) -> bytes:
    """What ``seal_at_rest`` sealed for the same purpose and row; raises SealError."""
    key_id, ciphertext = _split_at_rest(sealed)
    key = _sealing_key(key_id)
    bound = _join(_REST, purpose.encode(), key_id.encode(), aad)
    return _aes_open(_cipher(key, _join(_REST, purpose.encode())), ciphertext, bound)


def key_id_of(sealed: bytes) -> str:
    """Under which key ``seal_at_rest`` sealed it; raises SealError."""
    return _split_at_rest(sealed)[0]


def newest_key_id() -> str:
    """The key under which everything is sealed from now on; raises SealError without one."""
    return _current_key()[0]


def code_digest(*, code: str, grant_id: UUID) -> bytes:
    """HMAC-SHA256 (32 bytes) of a pickup code as a person typed it; the same code of another grant differs.

    A plain hash of 40 bits would be guessed from a stolen table in seconds; the key is only in the environment.
    """
    key = _code_key()
    typed = normal_code(code).encode("utf-8", "surrogatepass")
    return hmac.digest(key, _join(_CODE, grant_id.bytes, typed), "sha256")


def claim_digest(*, link_id: UUID, claimed_at: str) -> str:
    """HMAC-SHA256, in hex, of who passed a link's check and when: nobody makes one from the link or the database."""
    key = _code_key()
    return hmac.digest(key, _join(_CLAIM, link_id.bytes, claimed_at.encode()), "sha256").hex()


# --- keys ---------------------------------------------------------------------


def _code_key() -> bytes:
    key: bytes = getattr(settings, "PICKUP_CODE_KEY", b"")
    if len(key) != _KEY_BYTES:
        raise SealingKeyMissingError("PICKUP_CODE_KEY")
    return key


def _current_key() -> tuple[str, bytes]:
    keys: Mapping[str, bytes] = getattr(settings, "SEALING_KEYS", {})
    key_id = next(iter(keys), "")
    return key_id, _sealing_key(key_id)


def _sealing_key(key_id: str) -> bytes:
    return _key_of("SEALING_KEYS", key_id)


def _key_of(setting: str, key_id: str) -> bytes:
    keys: Mapping[str, bytes] = getattr(settings, setting, {})
    key = keys.get(key_id, b"")
    if len(key) != _KEY_BYTES:
        raise SealingKeyMissingError(f"{setting} has no key {key_id!r} of {_KEY_BYTES} bytes")
    return key


def _mail_public_key() -> tuple[str, bytes]:
    key_id, public_key = getattr(settings, "MAIL_SEALING_PUBLIC_KEY", None) or ("", b"")
    if len(public_key) != _KEY_BYTES:
        raise SealingKeyMissingError("MAIL_SEALING_PUBLIC_KEY")
    return key_id, public_key


@lru_cache(maxsize=64)
def _cipher(key: bytes, purpose: bytes) -> AESGCM:
    """AES-GCM under the key's own key for one purpose; kept, as the settings keep the key that it comes from."""
    return AESGCM(HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(key))


# --- the two ciphers -----------------------------------------------------------


def _hpke_seal(plaintext: bytes, public_key: bytes, info: bytes) -> bytes:
    try:
        return _SUITE.encrypt(plaintext, X25519PublicKey.from_public_bytes(public_key), info=info)
    except ValueError:  # not 32 bytes, or a point of low order, to which anybody could open
        raise SealError("unusable public key") from None


def _hpke_open(ciphertext: bytes, private_key: X25519PrivateKey, info: bytes) -> bytes:
    try:
        return _SUITE.decrypt(ciphertext, private_key, info=info)
    except (InvalidTag, ValueError):
        raise SealError("does not open") from None


def _aes_seal(cipher: AESGCM, plaintext: bytes, aad: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plaintext, aad)


def _aes_open(cipher: AESGCM, sealed: bytes, aad: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], aad)
    except (InvalidTag, ValueError):
        raise SealError("does not open") from None


# --- shapes ---------------------------------------------------------------------


def _join(*parts: bytes) -> bytes:
    """Length-prefixed, so that ("ab", "c") and ("a", "bc") never bind to the same bytes."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _short(part: bytes) -> bytes:
    if not 0 < len(part) < 256:  # noqa: PLR2004 - one byte of length
        raise SealError("key id must have 1 to 255 bytes")
    return bytes([len(part)]) + part


def _split_at_rest(sealed: bytes) -> tuple[str, bytes]:
    if len(sealed) < 2 or sealed[:1] != _VERSION:  # noqa: PLR2004 - version and length
        raise SealError("not sealed here")
    end = 2 + sealed[1]
    try:
        return sealed[2:end].decode(), sealed[end:]
    except UnicodeDecodeError:
        raise SealError("not sealed here") from None
