"""One running stack with the figures' tools: the hands, the database, the delays, the memory of processes."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import psycopg

from portal.embedded.mail_faults import MailTrouble, set_trouble
from portal.embedded.roles import DATABASE
from portal.embedded.stack import Stack
from portal.embedded.state import CHECKOUT

STS_SECONDS: Final = 0.08
MAIL_MS: Final = 20
LATENCIES_MS: Final = STS_SECONDS * 1000 + MAIL_MS
POLL_SECONDS: Final = 0.05
HANDS: Final = """
import django, runpy
django.setup()
runpy.run_module("tests.bench.hands", run_name="__main__")
"""

Made = dict[str, Any]

SENT: Final = """
    SELECT grant_id, extract(epoch FROM sent_at)::float FROM grants_outboxmail
    WHERE event = 'link_ready' AND state = 'sent' AND grant_id = ANY(%s::uuid[])
"""
# A collected mail waits for more to collect, and is nobody's work meanwhile.
WAITING: Final = "SELECT count(*) FROM grants_outboxmail WHERE state = 'queued' AND event <> 'requests_waiting'"


@dataclass
class Rig:
    """``stack`` runs; the STS double answers after 80 ms and the mail server after 20."""

    stack: Stack
    grants: int = 0
    _hands: subprocess.Popen[str] | None = field(default=None, repr=False)
    _closing: ExitStack = field(default_factory=ExitStack, repr=False)

    def __enter__(self) -> Self:
        if self.stack.aws is None:
            raise RuntimeError("the stack is not started")
        self.stack.aws.control.add_fault("delay", operation="GetFederationToken", times=None, seconds=STS_SECONDS)
        set_trouble(self.stack.state / "mail", MailTrouble(delay_ms=MAIL_MS))
        url = self.stack.postgres.superuser_url(DATABASE)
        self.database = self._closing.enter_context(psycopg.connect(url, autocommit=True))
        self._hands = subprocess.Popen(
            [sys.executable, "-c", HANDS],
            cwd=CHECKOUT,
            env={**self.stack.environment("tests"), "DAYPASS_LOG_LEVEL": "WARNING"},  # no lines among the figures
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._hands:
            self._hands.kill()
            self._hands.wait()
        self._closing.close()

    def ask(self, do: str, **values: object) -> Any:  # noqa: ANN401 - JSON
        """One word to the hands, and their answer."""
        assert self._hands
        assert self._hands.stdin
        assert self._hands.stdout
        self._hands.stdin.write(json.dumps({"do": do, **values}) + "\n")
        self._hands.stdin.flush()
        return json.loads(self._hands.stdout.readline() or "null")

    def make(self, kind: str, count: int) -> list[Made]:
        """``count`` grants, each ``requested``, ``approved`` (and not yet due) or ``issued``."""
        made: list[Made] = self.ask("make", kind=kind, count=count)
        return made

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What stands in the database."""
        return self.database.execute(query, values).fetchall()

    def sent(self, ids: Sequence[str]) -> dict[str, float]:
        """When the link mail of each grant was accepted, for those where it was."""
        return {str(grant): at for grant, at in self.rows(SENT, list(ids))}

    def wait_for_links(self, ids: Sequence[str], *, seconds: float) -> dict[str, float]:
        """The same, once all are accepted or the time is over."""
        deadline = time.monotonic() + seconds
        poll = (
            POLL_SECONDS * 10 if len(ids) > 1 else POLL_SECONDS / 10
        )  # the rows say when; asking costs processor time
        while len(sent := self.sent(ids)) < len(ids) and time.monotonic() < deadline:
            time.sleep(poll)
        self.grants += len(sent)
        return sent

    def rss_mb(self, *processes: str) -> float:
        """The largest resident set among ``processes`` of the stack and their children."""
        pids = [pid for name in processes for pid in family(self.stack.children[name].pid)]
        return max(_rss_mb(pid) for pid in pids)

    def settle(self, *, seconds: float = 60) -> None:
        """Return when the mails of what went before are sent."""
        deadline = time.monotonic() + seconds
        while self.rows(WAITING)[0][0] and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)


def family(pid: int) -> list[int]:
    """A process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in family(int(child)))]


def _rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
