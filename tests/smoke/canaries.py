"""Looks for secrets in every sink: plain, in hex, base64, zlib and JSON; first it must find one that was planted."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

CHUNK: Final = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
HEX: Final = re.compile(rb"(?:[0-9a-f]{2}){12,}")
DEPTH: Final = 3


def find(secrets: Mapping[str, str], sinks: Mapping[str, Iterable[bytes]]) -> list[str]:
    """ "secret in sink" for every secret that stands in a sink, however wrapped."""
    needles = {name: value.encode() for name, value in secrets.items() if value}
    found = []
    for sink, texts in sinks.items():
        seen = {name for text in texts for name, needle in needles.items() if _is_in(needle, text)}
        found += [f"{name} in {sink}" for name in sorted(seen)]
    return found


def _is_in(needle: bytes, text: bytes) -> bool:
    return any(needle in layer for layer in unwrapped(text, DEPTH))


def unwrapped(text: bytes, depth: int) -> Iterator[bytes]:
    """The text, and whatever is wrapped in it, down to ``depth`` layers."""
    yield text
    if depth == 0:
        return
    for chunk in CHUNK.findall(text):
        yield from _inner(_base64(chunk), depth)
    for chunk in HEX.findall(text):
        yield from _inner(binascii.unhexlify(chunk), depth)
    yield from _inner(_inflated(text), depth)


def _inner(text: bytes | None, depth: int) -> Iterator[bytes]:
    if text:
        yield from unwrapped(text, depth - 1)


def _base64(chunk: bytes) -> bytes | None:
    bare = chunk.rstrip(b"=")
    try:
        return base64.urlsafe_b64decode(bare.translate(bytes.maketrans(b"+/", b"-_")) + b"=" * (-len(bare) % 4))
    except binascii.Error:
        return None


def _inflated(text: bytes) -> bytes | None:
    try:
        return zlib.decompress(text)
    except zlib.error:
        return None


def wrapped(canary: str) -> str:
    """A canary as sessions and task bodies would hold it: JSON, deflated, base64."""
    return base64.b64encode(zlib.compress(f'{{"canary": "{canary}"}}'.encode())).decode()


def lines_of(folder: Path, *patterns: str) -> Iterator[bytes]:
    """Every line of the files that match."""
    for pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            yield from path.read_bytes().splitlines()


def rows_of(url: str) -> Iterator[bytes]:
    """Every row of every table, as PostgreSQL writes it."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            for (row,) in connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table))):
                yield row.encode()
