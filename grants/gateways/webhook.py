"""Webhooks: one signed POST to a public address that was looked up once; no answer is believed or followed."""

import hashlib
import hmac
import http.client
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from grants.errors import FieldError, WebhookError
from grants.gateways.deadline import cut_after
from grants.policy.addresses import is_public

SECONDS: Final = 5  # for the look-up, and for each step on the wire
DEADLINE: Final = 15  # for all steps together: a receiver that sends a byte now and then must not hold the worker
ANSWER_BYTES: Final = 1024
URL_LENGTH: Final = 500
PREFIX: Final = "whsec_"
OK: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class Door:
    """How a webhook leaves the house. No setting changes it: a test with its receiver on loopback passes its own."""

    resolve: Callable[[str, int], Sequence[str]]
    is_allowed: Callable[[str], bool]
    trust: Callable[[], ssl.SSLContext]


@dataclass(frozen=True, slots=True)
class Call:
    """What is sent where: ``at`` in whole seconds since 1970."""

    url: str
    event_id: str
    at: int
    body: bytes
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Target:
    """An address, taken apart."""

    host: str
    port: int
    path: str


def new_secret() -> str:
    """A key for the receiver: 256 bits."""
    return PREFIX + secrets.token_urlsafe(32)


def signature_of(*, secret: str, event_id: str, at: int, body: bytes) -> str:
    """``v1=`` and HMAC-SHA256 in hex over ``<at>.<event id>.<body>``, so that neither is exchanged for another."""
    signed = f"{at}.{event_id}.".encode() + body
    return f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def target_of(url: str) -> Target:
    """Https, a host, no name or password in it; FieldError ``url`` otherwise. Nothing is looked up yet."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise _refusal("This is not an address.") from None
    if len(url) > URL_LENGTH or not url.isascii() or any(ord(char) <= 32 or char == "\\" for char in url):  # noqa: PLR2004 - the space
        raise _refusal("Give a plain address of at most 500 characters.")
    if parts.scheme != "https" or not parts.hostname:
        raise _refusal("It has to begin with https://.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _refusal("Leave out names, passwords and what follows a #.")
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.hostname, port, f"{parts.path or '/'}{query}")


def post(call: Call, *, door: Door | None = None) -> int:
    """The receiver's status, 200 to 299; WebhookError otherwise, whose detail holds nothing the receiver said."""
    leave_by = door or PUBLIC
    target = target_of(call.url)
    address = _address_of(target, leave_by)
    try:
        status = _exchange(target, address, call, leave_by)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise WebhookError(f"could not be reached: {type(error).__name__}") from None
    if status not in OK:
        raise WebhookError(f"answered {status}", answer=status)
    return status


def _address_of(target: Target, door: Door) -> str:
    """One address, looked up once: a second look-up could lead elsewhere (DNS rebinding). All have to be public."""
    found = _look_up(target, door)
    if not found:
        raise WebhookError("the host has no address")
    if not all(door.is_allowed(address) for address in found):
        raise WebhookError("the host's address is not public")
    return found[0]


def _look_up(target: Target, door: Door) -> list[str]:
    """The system's look-up takes no time limit, so it gets a thread: a slow name server must not hold the worker."""
    found: list[str] = []

    def look() -> None:
        with suppress(OSError, UnicodeError):
            found.extend(door.resolve(target.host, target.port))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(SECONDS)
    if thread.is_alive():
        raise WebhookError("the host could not be looked up in time")
    return found


def _exchange(target: Target, address: str, call: Call, door: Door) -> int:
    connection = _Pinned(target, address, door.trust())
    try:
        with cut_after(DEADLINE, find=lambda: connection.wire):
            connection.request("POST", target.path, call.body, _headers_of(call))
            response = connection.getresponse()
            response.read(ANSWER_BYTES)
            return response.status
    finally:
        connection.close()


def _headers_of(call: Call) -> dict[str, str]:
    signature = signature_of(secret=call.secret, event_id=call.event_id, at=call.at, body=call.body)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Daypass",
        "Connection": "close",
        "Daypass-Event-Id": call.event_id,
        "Daypass-Timestamp": str(call.at),
        "Daypass-Signature": signature,
    }


class _Pinned(http.client.HTTPSConnection):
    """To one address, under the host's name: the certificate and the Host header are still the host's.

    ``wire`` stays when the connection lets go of its socket, as it does before the body of an answer that is the last.
    """

    wire: ssl.SSLSocket | None = None

    def __init__(self, target: Target, address: str, trust: ssl.SSLContext) -> None:
        super().__init__(target.host, target.port, timeout=SECONDS, context=trust)
        self._address, self._trust = address, trust

    def connect(self) -> None:
        """No look-up, no proxy, no tunnel."""
        bare = socket.create_connection((self._address, self.port), SECONDS)
        # Wrapping takes the bare socket away, so the handshake comes after: the deadline finds what it has to cut.
        tls = self._trust.wrap_socket(bare, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock = self.wire = tls
        tls.do_handshake()


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _refusal(sentence: str) -> FieldError:
    return FieldError("url", f"{sentence} For example: https://hooks.example.org/daypass")


PUBLIC: Final = Door(resolve=_resolve, is_allowed=is_public, trust=ssl.create_default_context)
