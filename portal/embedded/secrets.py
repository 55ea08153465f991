"""Every key and password of one state directory: made once, kept in one private file, given out by process."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from portal.embedded.postgres import DatabasePasswords
from portal.embedded.roles import ROLES

FILE: Final = "secrets.json"
KEY_BYTES: Final = 32
SECRET_KEY_BYTES: Final = 50
PASSWORD_BYTES: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """As the environment variables of the same names want them; passwords are safe in an address."""

    secret_key: str = field(repr=False)
    sealing_keys: str = field(repr=False)
    pickup_code_key: str = field(repr=False)
    mail_sealing_keys: str = field(repr=False)
    mail_sealing_public_key: str
    superuser_password: str = field(repr=False)
    role_passwords: dict[str, str] = field(repr=False)
    broker_password: str = field(repr=False)
    smtp_password: str = field(repr=False)

    @property
    def database(self) -> DatabasePasswords:
        """What PostgreSQL is started with."""
        return DatabasePasswords(superuser=self.superuser_password, roles=self.role_passwords)


def kept_secrets(state: Path) -> Secrets:
    """Those of ``state``; made on the first call. Without them nothing in its database can be opened again."""
    path = state / FILE
    if not path.exists():
        _keep(path, new_secrets())
    return Secrets(**json.loads(path.read_text()))


def new_secrets() -> Secrets:
    """A full set, all random."""
    pair = X25519PrivateKey.generate()
    return Secrets(
        secret_key=secrets.token_urlsafe(SECRET_KEY_BYTES),
        sealing_keys=f"s1:{_key(secrets.token_bytes(KEY_BYTES))}",
        pickup_code_key=_key(secrets.token_bytes(KEY_BYTES)),
        mail_sealing_keys=f"m1:{_key(pair.private_bytes_raw())}",
        mail_sealing_public_key=f"m1:{_key(pair.public_key().public_bytes_raw())}",
        superuser_password=secrets.token_urlsafe(PASSWORD_BYTES),
        role_passwords={role: secrets.token_urlsafe(PASSWORD_BYTES) for role in ROLES},
        broker_password=secrets.token_urlsafe(PASSWORD_BYTES),
        smtp_password=secrets.token_urlsafe(PASSWORD_BYTES),
    )


def _keep(path: Path, fresh: Secrets) -> None:
    """Private from its first byte, and never half a file."""
    half = path.with_suffix(".part")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(fresh), file, indent=1)
    half.rename(path)


def _key(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
