"""One HTTP exchange without redirects, retries, proxies or logs: for addresses and bodies that are secrets."""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

SECONDS: Final = 3.0
SERVER_ERRORS_FROM: Final = 500


@dataclass(frozen=True, slots=True)
class Reply:
    """Status 0: there was no whole answer, and ``failure`` says what kind of trouble it was."""

    status: int
    body: bytes = field(repr=False, default=b"")
    failure: str = ""

    @property
    def is_unreachable(self) -> bool:
        """No answer, half an answer, or one that says that the other side is broken."""
        return not self.status or self.status >= SERVER_ERRORS_FROM


def exchange(
    *, method: str, url: str, most: int, body: str | None = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """Ask ``url`` once, with ``SECONDS`` for each wait; an answer of more than ``most`` bytes is none.

    A failure is returned, not raised: its context would hold the address and the body. Not urllib3: its DEBUG lines
    hold whole addresses.
    """
    address = urlsplit(url)
    connection = _connection(address.scheme, address.netloc)
    target = f"{address.path or '/'}?{address.query}" if address.query else address.path or "/"
    try:
        connection.request(method, target, body=body, headers={"Accept": "application/json", **(headers or {})})
        answer = connection.getresponse()
        status, content = answer.status, answer.read(most + 1)
    except (OSError, http.client.HTTPException) as error:
        return Reply(0, failure=type(error).__name__)
    finally:
        connection.close()
    is_whole = not answer.length and len(content) <= most
    return Reply(status, content) if is_whole else Reply(0, failure=f"HTTP {status}, too long or cut off")


def _connection(scheme: str, netloc: str) -> http.client.HTTPConnection:
    """Plain http is for a stand-in on loopback; everything else is https."""
    if scheme == "http":
        return http.client.HTTPConnection(netloc, timeout=SECONDS)
    return http.client.HTTPSConnection(netloc, timeout=SECONDS, context=ssl.create_default_context())
