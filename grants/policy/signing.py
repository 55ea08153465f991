"""What an approver's passkey is asked to sign: the SHA-256 of the snapshot, as the challenge, and nothing else."""

import base64
from typing import Any, Final

_MILLISECONDS: Final = 120_000


def signing_options(*, snapshot_hash: str, credential_ids: list[bytes], host: str) -> dict[str, Any]:
    """What ``navigator.credentials.get`` takes as ``publicKey``; bytes in base64url, ``host`` is the public one."""
    return {
        "challenge": websafe(bytes.fromhex(snapshot_hash)),
        "rpId": host,
        "allowCredentials": [{"type": "public-key", "id": websafe(each)} for each in credential_ids],
        "userVerification": "required",
        "timeout": _MILLISECONDS,
    }


def websafe(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
