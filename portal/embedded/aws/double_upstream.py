"""The way to the stand-in behind the double: a small pool of connections, bytes unchanged."""

import asyncio
import time

from portal.embedded.aws.double_wire import (
    HOP_BY_HOP,
    IDLE_SECONDS,
    Answer,
    BadMessageError,
    Request,
    read_body,
    read_head,
)

INTERIM_BELOW = 200
BODILESS = frozenset({204, 304})


class Upstream:
    """The server behind. Idle connections are kept for a while; a request is never sent twice."""

    def __init__(self, *, host: str, port: int) -> None:
        """``host`` and ``port`` of the server behind."""
        self._host, self._port = host, port
        self._idle: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def forward(self, request: Request) -> Answer:
        """Send the request as it came and return the answer as it came."""
        reader, writer = await self._connection()
        try:
            writer.write(_to_wire(request))
            await writer.drain()
            answer = await _read_answer(reader, method=request.method)
        except BaseException:
            writer.close()
            raise
        if answer.header("connection").lower() == "close":
            writer.close()
        else:
            self._idle.append((time.monotonic(), reader, writer))
        return answer

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            since, reader, writer = self._idle.pop()
            if time.monotonic() - since < IDLE_SECONDS and not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self._host, self._port)


def _to_wire(request: Request) -> bytes:
    kept = [
        line for line in request.lines if line.split(b":", 1)[0].strip().lower().decode("latin-1") not in HOP_BY_HOP
    ]
    start = f"{request.method} {request.target} HTTP/1.1".encode("latin-1")
    return b"\r\n".join([start, *kept, b"", b""]) + request.wire_body


async def _read_answer(reader: asyncio.StreamReader, *, method: str) -> Answer:
    status, lines = 100, None
    while lines is None or status < INTERIM_BELOW:
        lines = await read_head(reader)
        if lines is None:
            raise BadMessageError
        status = int(lines[0].split(b" ")[1])
    pairs = (line.decode("latin-1").split(":", 1) for line in lines[1:])
    answer = Answer(status, tuple((key, value.strip()) for key, value in pairs), b"")
    if method == "HEAD" or status in BODILESS:
        return answer
    if answer.header("content-length") or answer.header("transfer-encoding"):
        return Answer(status, answer.headers, await read_body(reader, answer))
    return answer.with_body(await reader.read())
