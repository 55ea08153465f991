"""Every place where something may come to rest, and a canary planted in each, so that looking is known to work."""

import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import psycopg
import redis

from portal.embedded.roles import DATABASE
from portal.embedded.stack import Stack
from tests.browser import Browser
from tests.smoke.canaries import find, lines_of, rows_of, wrapped

AOF_MS: Final = 5000


class Sinks:
    """The logs, Valkey with all that ever went through it, the database, and the mails."""

    def __init__(self, stack: Stack) -> None:
        """A running stack."""
        self._stack = stack
        self._state = stack.state

    def texts(self) -> dict[str, Iterable[bytes]]:
        """Sink → its texts."""
        return {
            "the logs": lines_of(self._state, "logs/*.log", "*.log"),
            "Valkey": lines_of(self._state, "valkey/appendonlydir/*", "valkey/*.aof"),
            "the database": rows_of(self._stack.postgres.superuser_url(DATABASE)),
            "the mails": self._mails(),
        }

    def look_for(self, wanted: dict[str, str]) -> list[str]:
        """ "secret in sink" for each that was found where it may not be. Link and sign-in code may stand in a mail."""
        allowed = {"link token in the mails", "sign-in code in the mails"}
        return [each for each in find(wanted, self.texts()) if each not in allowed]

    def plant(self) -> list[str]:
        """Plant one canary in every sink, wrapped as secrets would be; returns the sinks where it is found."""
        canary = f"canary{secrets.token_hex(12)}"
        Browser(self._stack.public_url).get(f"/no-such-page/{canary}/")
        with redis.Redis.from_url(self._stack.valkey.url) as broker:
            broker.set("planted", wrapped(canary))
            broker.delete("planted")
            broker.waitaof(1, 0, AOF_MS)  # on a busy disk it writes its file a moment later
        with psycopg.connect(self._stack.postgres.superuser_url(DATABASE)) as connection:
            connection.execute(
                "INSERT INTO daypass_cache (cache_key, value, expires) VALUES ('planted', %s, now())", [wrapped(canary)]
            )
        planted = self._stack.mail.spool / "planted.eml"
        planted.write_text(f"Subject: planted\n\n{wrapped(canary)}\n")
        found = [each.removeprefix("canary in ") for each in find({"canary": canary}, self.texts())]
        planted.unlink()  # the inbox reads what came by mail, and this did not
        return found

    def _mails(self) -> Iterator[bytes]:
        for path in sorted(Path(self._stack.mail.spool).rglob("*.eml")):
            yield path.read_bytes()
