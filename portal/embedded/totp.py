"""The six digits an authenticator app would show (RFC 6238), for the demo's page of codes and for tests."""

import base64
import hmac
from datetime import datetime
from typing import Final

STEP_SECONDS: Final = 30
DIGITS: Final = 6


def totp_code(seed: str, *, now: datetime) -> str:
    """The code for a base32 ``seed`` at ``now``."""
    key = base64.b32decode(seed.upper() + "=" * (-len(seed) % 8))
    step = int(now.timestamp()) // STEP_SECONDS
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def seconds_left(*, now: datetime) -> int:
    """How long the code of ``now`` is still the current one."""
    return STEP_SECONDS - int(now.timestamp()) % STEP_SECONDS
