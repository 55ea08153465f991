"""What the seeder knows and the stand-in cannot hold: real scopes of the seeded users, and their MFA devices."""

import base64
import hashlib
import hmac
import json
import os
import struct
import time
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from portal.embedded.aws.double_errors import Refusal, access_denied

STEP_SECONDS: Final = 30
MFA_WRONG: Final = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
MFA_UNKNOWN: Final = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  "
    "Please verify your MFA serial number is valid and associated with this user."
)
MFA_BOTH: Final = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; only its owner reads it."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    beside.replace(path)


def totp_code(seed: str, *, now: float, offset: int = 0) -> str:
    """The six digits of RFC 6238 for a base32 seed; ``offset`` counts 30-second steps from now."""
    counter = int(now) // STEP_SECONDS + offset
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", counter), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


@dataclass(frozen=True, slots=True)
class Scope:
    """One Allow of a seeded user as its template says it, before it was widened for the stand-in."""

    actions: frozenset[str]
    resources: tuple[str, ...]
    boundary: str | None

    def is_allowing(self, *, action: str, resource: str) -> bool:
        """Whether action and resource are in it (its condition aside)."""
        return action in self.actions and any(fnmatchcase(resource, pattern) for pattern in self.resources)


class Register:
    """The file ``register.json``, read again whenever it changes."""

    def __init__(self, path: Path) -> None:
        """``path`` may not exist yet: nothing is known then."""
        self._path = path
        self._stamp = -1
        self._content: dict[str, Any] = {}
        self._spent: set[tuple[str, int]] = set()

    def scopes(self, user: str) -> list[Scope]:
        """The scopes of a seeded user; empty for a user the register does not hold."""
        found = self._read().get("scopes", {}).get(user, [])
        return [Scope(frozenset(entry["actions"]), tuple(entry["resources"]), entry["boundary"]) for entry in found]

    def spend_code(self, *, user: str, serial: str | None, code: str | None) -> Refusal | None:
        """Check an MFA code and spend it: the same code does not work twice."""
        if serial is None or code is None:
            return access_denied(MFA_BOTH)
        device = self._read().get("devices", {}).get(serial)
        if device is None or device["user"] != user:
            return access_denied(MFA_UNKNOWN)
        now = time.time()
        for offset in (-1, 0, 1):
            step = (serial, int(now) // STEP_SECONDS + offset)
            if step not in self._spent and hmac.compare_digest(totp_code(device["seed"], now=now, offset=offset), code):
                self._spent.add(step)
                return None
        return access_denied(MFA_WRONG)

    def _read(self) -> dict[str, Any]:
        try:
            stamp = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return {}
        if stamp != self._stamp:
            self._content, self._stamp = json.loads(self._path.read_text()), stamp
        return self._content
