"""The mails in the spool, read for people and for tests."""

import functools
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path
from typing import Any, Final

SUFFIX: Final = ".eml"


@dataclass(frozen=True, slots=True)
class Received:
    """One mail as it arrived. ``to`` are bare addresses in lower case."""

    path: Path
    received: datetime
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str

    @property
    def name(self) -> str:
        """What the inbox calls it in addresses."""
        return self.path.stem

    def as_json(self) -> dict[str, Any]:
        """The shape of /api/messages."""
        return {
            "to": list(self.to),
            "from": self.sender,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "received": self.received.isoformat(),
            "path": str(self.path),
        }


def store(spool: Path, content: bytes, *, now: datetime) -> Path:
    """Write one mail, whole or not at all; its name begins with the time, so that names sort by it."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
    path = spool / f"{stamp}-{uuid.uuid4().hex[:8]}{SUFFIX}"
    half = path.with_suffix(".part")
    half.write_bytes(content)
    half.rename(path)
    return path


def messages(spool: Path, *, to: str = "", limit: int = 0) -> list[Received]:
    """Newest first; ``to`` keeps those to one address, ``limit`` the newest so many (0: all)."""
    wanted = to.strip().lower()
    found = (read(path) for path in sorted(spool.glob(f"*{SUFFIX}"), reverse=True))
    kept = [message for message in found if not wanted or wanted in message.to]
    return kept[:limit] if limit else kept


@functools.lru_cache(maxsize=2000)
def read(path: Path) -> Received:
    """One stored mail; a stored file never changes."""
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    stamp = datetime.strptime(path.name.split("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    fields = [str(value) for name in ("To", "Cc") for value in message.get_all(name, [])]
    return Received(
        path=path,
        received=stamp,
        sender=str(message.get("From", "")),
        to=tuple(address.lower() for _, address in getaddresses(fields)),
        subject=str(message.get("Subject", "")),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, subtype: str) -> str:
    body = message.get_body(preferencelist=(subtype,))
    return str(body.get_content()) if body else ""
