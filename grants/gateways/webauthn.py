"""Passkeys: which ones somebody has, and whether a signature over a snapshot holds."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from fido2 import cbor
from fido2.cose import CoseKey
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

from grants.errors import SignatureRefusedError

ANSWER_MOST: Final = 8_192
_GET: Final = "webauthn.get"


def credential_id_of(answer: str) -> bytes:
    """Which passkey signed; SignatureRefusedError when the browser's answer is none."""
    return _read(answer).raw_id


def check_signature(*, answer: str, public_key: bytes, digest: str, public_url: str) -> None:
    """Raise SignatureRefusedError unless ``answer`` signs ``digest``, on our page, by a person the key verified.

    ``public_key`` is a COSE key in CBOR. Rule: W3C Web Authentication, "Verifying an authentication assertion".
    """
    response = _read(answer).response
    client, data = response.client_data, response.authenticator_data
    host = urlsplit(public_url).hostname or ""
    asked = (_GET, bytes.fromhex(digest), public_url, False)
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
        response: AuthenticationResponse = AuthenticationResponse.from_dict(json.loads(answer[:ANSWER_MOST]))
    except Exception as error:  # noqa: BLE001 - a stranger's bytes, through a parser that names no errors
        refusal = SignatureRefusedError(f"no assertion: {type(error).__name__}")
    else:
        return response
    raise refusal


def _holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        key = cbor.decode(public_key)
        if not isinstance(key, Mapping):
            return False
        CoseKey.parse(key).verify(message, signature)
    except Exception:  # noqa: BLE001 - each algorithm has its own way to say no
        return False
    return True


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as it was enrolled: its name, its id, and its public key as COSE in CBOR."""

    name: str
    credential_id: bytes
    public_key: bytes

    @property
    def fingerprint(self) -> str:
        """What its owner reads out: 128 bits of the SHA-256 over id and key, in groups of four."""
        digest = hashlib.sha256(self.credential_id + b"\0" + self.public_key).hexdigest()[:32]
        return "-".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def passkeys_among(registrations: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Passkey]:
    """Every (name, registration) that holds a passkey; one that does not read signs in nobody either."""
    found = []
    for name, registration in registrations:
        with suppress(SignatureRefusedError):
            found.append(enrolled_passkey(name=name, registration=registration))
    return found


def enrolled_passkey(*, name: str, registration: Mapping[str, Any]) -> Passkey:
    """Read the browser's answer that enrolled a passkey; SignatureRefusedError when it holds none."""
    try:
        made = RegistrationResponse.from_dict(registration).response.attestation_object.auth_data.credential_data
        passkey = Passkey(name, made.credential_id, cbor.encode(dict(made.public_key))) if made else None
    except Exception as error:  # noqa: BLE001 - the same parser
        refusal = SignatureRefusedError(f"no passkey: {type(error).__name__}")
    else:
        if passkey is not None:
            return passkey
        refusal = SignatureRefusedError("no passkey in it")
    raise refusal
