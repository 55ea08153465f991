"""What an approver's passkey is asked to sign: the SHA-256 of the snapshot, as the challenge, and nothing else."""

import base64
import hashlib
from typing import Any, Final

from grants.policy.signers import ON_CALL

_MILLISECONDS: Final = 120_000
_ALONE: Final = b"daypass: approved alone, in an emergency\0"


def signed_digest(snapshot_hash: str, group: str = "") -> str:
    """What a passkey signs, in hex: the snapshot's hash; for those on call a hash that says it stands for all.

    Were it the same, whoever writes decisions could make an ordinary signature one that needs no second.
    """
    if group != ON_CALL:
        return snapshot_hash
    return hashlib.sha256(_ALONE + bytes.fromhex(snapshot_hash)).hexdigest()


def signing_options(*, digest: str, credential_ids: list[bytes], host: str) -> dict[str, Any]:
    """What ``navigator.credentials.get`` takes as ``publicKey``; bytes in base64url, ``host`` is the public one."""
    return {
        "challenge": websafe(bytes.fromhex(digest)),
        "rpId": host,
        "allowCredentials": [{"type": "public-key", "id": websafe(each)} for each in credential_ids],
        "userVerification": "required",
        "timeout": _MILLISECONDS,
    }


def websafe(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
