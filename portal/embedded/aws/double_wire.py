"""HTTP/1.1 as the double needs it: what is passed on is passed on byte for byte, so that signatures hold."""

import asyncio
import re
from dataclasses import dataclass
from email.utils import formatdate
from functools import cached_property
from http import HTTPStatus
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

LOOPBACK: Final = "127.0.0.1"
BODY_LIMIT: Final = 64 * 1024 * 1024
IDLE_SECONDS: Final = 20.0  # the server behind closes idle connections after 75 s
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
HOP_BY_HOP: Final = frozenset({"connection", "expect", "keep-alive", "proxy-connection"})
FORM: Final = "application/x-www-form-urlencoded"
SCOPE: Final = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request")


class DropConnectionError(Exception):
    """Close the client's socket without an answer."""


class BadMessageError(Exception):
    """Not HTTP that the double understands."""


@dataclass(frozen=True)
class Request:
    """One request; ``lines`` are its header lines and ``wire_body`` its body exactly as they came.

    What is read from them is read once: everybody who judges a request asks for its form.
    """

    method: str
    target: str
    lines: tuple[bytes, ...]
    wire_body: bytes

    def header(self, name: str) -> str:
        """The first value of a header, or the empty string."""
        return self._headers.get(name.lower(), "")

    @cached_property
    def _headers(self) -> dict[str, str]:
        pairs = [line.decode("latin-1").partition(":") for line in self.lines]
        return {name.lower(): value.strip() for name, _, value in reversed(pairs)}

    @property
    def path(self) -> str:
        """The path as sent, still percent-encoded."""
        return urlsplit(self.target).path if self.target.startswith("/") else self.target

    @cached_property
    def query(self) -> dict[str, str]:
        """The query parameters; of a repeated one the last counts."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @cached_property
    def form(self) -> dict[str, str]:
        """Query and form parameters together, as the query protocol reads them."""
        body = self.wire_body if self.header("content-type").startswith(FORM) else b""
        return self.query | dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))

    @cached_property
    def credential(self) -> tuple[str, str]:
        """(access key id, service) of the signature, or two empty strings."""
        found = SCOPE.search(self.header("authorization")) or SCOPE.search(
            "Credential=" + self.query.get("X-Amz-Credential", "")
        )
        return (found[1], found[3]) if found else ("", "")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; ``wire_body`` is framed as its headers say."""

    status: int
    headers: tuple[tuple[str, str], ...]
    wire_body: bytes

    @classmethod
    def of(
        cls,
        status: int,
        body: bytes,
        *,
        content_type: str,
        headers: tuple[tuple[str, str], ...] = (),
        date: str | None = None,
    ) -> Self:
        """An answer of our own."""
        own = (
            ("Content-Type", content_type),
            ("Content-Length", str(len(body))),
            ("Date", date or formatdate(usegmt=True)),
        )
        return cls(status, own + headers, body)

    def header(self, name: str) -> str:
        """The first value of a header, or the empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def with_body(self, body: bytes) -> "Answer":
        """The same answer around another body."""
        kept = tuple(
            (key, value) for key, value in self.headers if key.lower() not in {"content-length", "transfer-encoding"}
        )
        return Answer(self.status, (*kept, ("Content-Length", str(len(body)))), body)

    def with_header(self, name: str, value: str) -> "Answer":
        """The same answer with one header set."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return Answer(self.status, (*kept, (name, value)), self.wire_body)

    def to_wire(self) -> bytes:
        """The bytes for the socket."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{key}: {value}" for key, value in self.headers if key.lower() not in HOP_BY_HOP]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.wire_body


async def read_head(reader: asyncio.StreamReader) -> tuple[bytes, ...] | None:
    """The start line and header lines, or None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as ended:
        if ended.partial.strip():
            raise
        return None
    return tuple(head[:-4].split(b"\r\n"))


async def read_chunks(reader: asyncio.StreamReader) -> bytes:
    """A chunked body with its framing and trailers, as it came."""
    wire = bytearray()
    size = -1
    while size:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        wire += line + (await reader.readexactly(size + 2) if size else b"")
        if len(wire) > BODY_LIMIT:
            raise BadMessageError
    line = b""
    while line != b"\r\n":
        line = await reader.readuntil(b"\r\n")
        wire += line
    return bytes(wire)


async def read_body(reader: asyncio.StreamReader, message: Request | Answer) -> bytes:
    """The body that the headers announce, framing included."""
    if "chunked" in message.header("transfer-encoding").lower():
        return await read_chunks(reader)
    length = message.header("content-length") or "0"
    if not length.isdigit() or int(length) > BODY_LIMIT:
        raise BadMessageError
    return await reader.readexactly(int(length))


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """The next request of a connection, or None at its end."""
    lines = await read_head(reader)
    if lines is None:
        return None
    start = lines[0].decode("latin-1").split(" ")
    if len(start) != 3:  # noqa: PLR2004 - method, target, version
        raise BadMessageError
    request = Request(start[0], start[1], lines[1:], b"")
    if request.header("expect").lower() == "100-continue":
        writer.write(CONTINUE)
    return Request(request.method, request.target, request.lines, await read_body(reader, request))
