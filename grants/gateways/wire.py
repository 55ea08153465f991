"""One HTTP exchange without redirects, retries, proxies or logs: for addresses and bodies that are secrets."""

import http.client
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from grants.gateways.deadline import cut_after

SECONDS: Final = 3.0  # for each wait
DEADLINE: Final = 15.0  # for all of them together: a byte now and then must not hold the process
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
    try:
        address = urlsplit(url)
        target = f"{address.path or '/'}?{address.query}" if address.query else address.path or "/"
        with closing(_connection(address.scheme, address.netloc)) as connection:
            connection.connect()
            wire = connection.sock  # the connection lets go of it before the body of an answer that is the last
            with cut_after(DEADLINE, find=lambda: wire) as over:
                connection.request(method, target, body=body, headers={"Accept": "application/json", **(headers or {})})
                reply = _reply_of(connection.getresponse(), most)
            return Reply(0, failure="too slow") if over.is_set() else reply
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Reply(0, failure=type(error).__name__)


def _reply_of(answer: http.client.HTTPResponse, most: int) -> Reply:
    content = answer.read(most + 1)
    if answer.length or len(content) > most:
        return Reply(0, failure=f"HTTP {answer.status}, too long or cut off")
    return Reply(answer.status, content)


def _connection(scheme: str, netloc: str) -> http.client.HTTPConnection:
    """Plain http is for a stand-in on loopback; everything else is https."""
    if scheme == "http":
        return http.client.HTTPConnection(netloc, timeout=SECONDS)
    return http.client.HTTPSConnection(netloc, timeout=SECONDS, context=ssl.create_default_context())
