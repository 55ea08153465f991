"""A passkey's signature over a snapshot: what the browser is asked for, and whether its answer holds."""

import hashlib
import json
from typing import Any, Final
from urllib.parse import urlsplit

from fido2 import cbor
from fido2.cose import CoseKey
from fido2.utils import websafe_encode
from fido2.webauthn import AuthenticationResponse

from grants.errors import SignatureRefusedError

ANSWER_MOST: Final = 8_192
_GET: Final = "webauthn.get"
_MILLISECONDS: Final = 120_000


def signing_options(*, snapshot_hash: str, credential_ids: list[bytes], public_url: str) -> dict[str, Any]:
    """What ``navigator.credentials.get`` takes: the challenge is the snapshot's SHA-256, 32 bytes, and nothing else."""
    return {
        "challenge": websafe_encode(bytes.fromhex(snapshot_hash)),
        "rpId": urlsplit(public_url).hostname,
        "allowCredentials": [{"type": "public-key", "id": websafe_encode(each)} for each in credential_ids],
        "userVerification": "required",
        "timeout": _MILLISECONDS,
    }


def credential_id_of(answer: str) -> bytes:
    """Which passkey signed; SignatureRefusedError when the browser's answer is none."""
    return _read(answer).raw_id


def check_signature(*, answer: str, public_key: bytes, snapshot_hash: str, public_url: str) -> None:
    """Raise SignatureRefusedError unless ``answer`` signs this snapshot, on our page, by a person the key verified.

    ``public_key`` is a COSE key in CBOR. Rule: W3C Web Authentication, "Verifying an authentication assertion".
    """
    response = _read(answer).response
    client, data = response.client_data, response.authenticator_data
    host = urlsplit(public_url).hostname or ""
    asked = (_GET, bytes.fromhex(snapshot_hash), public_url, False)
    if (client.type, client.challenge, client.origin, client.cross_origin) != asked:
        raise SignatureRefusedError("another challenge, page or ceremony")
    if data.rp_id_hash != hashlib.sha256(host.encode()).digest():
        raise SignatureRefusedError("another host")
    if not data.is_user_present() or not data.is_user_verified():
        raise SignatureRefusedError("nobody was verified")
    if not _holds(public_key, bytes(data) + hashlib.sha256(client).digest(), response.signature):
        raise SignatureRefusedError("the signature does not hold")


def _read(answer: str) -> AuthenticationResponse:
    try:
        if len(answer) > ANSWER_MOST:
            raise ValueError("too long")
        return AuthenticationResponse.from_dict(json.loads(answer))
    except Exception as error:  # noqa: BLE001 - a stranger's bytes, through a parser that names no errors
        refusal = SignatureRefusedError(f"no assertion: {type(error).__name__}")
    raise refusal


def _holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        CoseKey.parse(cbor.decode(public_key)).verify(message, signature)
    except Exception:  # noqa: BLE001 - each algorithm has its own way to say no
        return False
    return True
