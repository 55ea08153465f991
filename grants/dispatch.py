"""The only enqueuer: rings a worker's doorbell after commit; the sweepers find what a bell missed."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from threading import Lock, Timer
from typing import Final
from uuid import UUID

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis import Redis, RedisError

log = structlog.get_logger(__name__)

ISSUE: Final = "grants.issue"
REVOKE: Final = "grants.revoke"
DELIVER: Final = "grants.deliver"
SEND: Final = "grants.send"
READ_ISSUER: Final = "grants.read_issuer"
TEST_TEMPLATE: Final = "grants.test_template"
HUSH_SECONDS: Final = 2.0
# Whoever takes one of these bells works off all that is due (flows/work_off.py). While so many wait to be taken, more
# than a few workers have threads, another one would change nothing.
ENOUGH: Final = {ISSUE: 64, DELIVER: 16}
GATHER_SECONDS: Final = 0.1


class _Hush:
    """Until when this process rings nobody, on its monotonic clock."""

    until = 0.0


@dataclass
class _Gathered:
    """Rows that come close upon each other: the first is rung for at once, the others by one bell a moment later."""

    task: str
    _rung_at: float = float("-inf")
    _is_set: bool = False
    _lock: Lock = field(default_factory=Lock, repr=False)

    def ring(self, row_id: UUID) -> None:
        """Ring within GATHER_SECONDS; whoever is rung for has committed by then."""
        with self._lock:
            if self._is_set:
                return
            wait = self._rung_at + GATHER_SECONDS - time.monotonic()
            if wait > 0:
                Timer(wait, self._ring_late, [row_id]).start()  # a process that ends waits for it
                self._is_set = True
                return
            self._rung_at = time.monotonic()
        ring(self.task, [row_id])

    def _ring_late(self, row_id: UUID) -> None:
        with self._lock:  # before the bell: it may miss who commits from here on, who sets the next one
            self._rung_at, self._is_set = time.monotonic(), False
        ring(self.task, [row_id])


_hush: Final = _Hush()
# The mail worker works off a burst faster than it comes, so that its bells never wait to be ENOUGH.
_gathered: Final = {DELIVER: _Gathered(DELIVER)}


def listen_again() -> None:
    """Forget the last failure: the next ring is tried at once."""
    _hush.until = 0.0


def ring_after_commit(task: str, row_id: UUID) -> None:
    """Publish ``task`` with one id once the caller's transaction is committed. A broker that is down is no error."""
    transaction.on_commit(lambda: _gathered[task].ring(row_id) if task in _gathered else ring(task, [row_id]))


def waiting(task: str) -> int:
    """How many messages wait where ``task`` goes. The transport's own way of counting costs as much as a message."""
    queue, broker = _counted(task)
    return int(broker.llen(queue))


@cache
def _counted(task: str) -> tuple[str, Redis]:
    patience = {key: value for key, value in current_app.conf.broker_transport_options.items() if "timeout" in key}
    queue = current_app.amqp.router.route({}, task)["queue"].name
    return queue, Redis.from_url(current_app.conf.broker_url, retry=None, **patience)


def ring(task: str, row_ids: Iterable[UUID]) -> None:
    """Publish now. The queue is PostgreSQL, so a lost message costs latency only.

    After a failure this process rings nobody for a moment: a stalled broker costs a request one time-out.
    """
    if time.monotonic() < _hush.until:
        return
    try:
        room = ENOUGH[task] - waiting(task) if task in ENOUGH else None
        for row_id in islice(row_ids, room if room is None else max(room, 0)):
            current_app.send_task(task, args=[str(row_id)])
    except (OperationalError, RedisError, OSError) as error:
        _hush.until = time.monotonic() + HUSH_SECONDS
        log.warning("doorbell_failed", task=task, error=type(error).__name__)
