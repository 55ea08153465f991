"""The only enqueuer: rings a worker's doorbell after commit; the sweepers find what a bell missed."""

import time
from collections.abc import Iterable
from typing import Final
from uuid import UUID

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

ISSUE: Final = "grants.issue"
REVOKE: Final = "grants.revoke"
DELIVER: Final = "grants.deliver"
SEND: Final = "grants.send"
READ_ISSUER: Final = "grants.read_issuer"
TEST_TEMPLATE: Final = "grants.test_template"
HUSH_SECONDS: Final = 2.0


class _Hush:
    """Until when this process rings nobody, on its monotonic clock."""

    until = 0.0


_hush: Final = _Hush()


def listen_again() -> None:
    """Forget the last failure: the next ring is tried at once."""
    _hush.until = 0.0


def ring_after_commit(task: str, row_id: UUID) -> None:
    """Publish ``task`` with one id once the caller's transaction is committed. A broker that is down is no error."""
    transaction.on_commit(lambda: ring(task, [row_id]))


def waiting(task: str) -> int:
    """How many messages wait where ``task`` goes; 0 when the broker cannot say."""
    queue = current_app.amqp.router.route({}, task)["queue"].name
    try:
        with current_app.pool.acquire(block=True) as connection:
            channel = connection.default_channel  # type: ignore[attr-defined]  # the stubs say producer
            return int(channel.queue_declare(queue=queue).message_count)
    except (OperationalError, OSError):
        return 0


def ring(task: str, row_ids: Iterable[UUID]) -> None:
    """Publish now. The queue is PostgreSQL, so a lost message costs latency only.

    After a failure this process rings nobody for a moment: a stalled broker costs a request one time-out.
    """
    if time.monotonic() < _hush.until:
        return
    for row_id in row_ids:
        try:
            current_app.send_task(task, args=[str(row_id)])
        except (OperationalError, OSError) as error:
            _hush.until = time.monotonic() + HUSH_SECONDS
            log.warning("doorbell_failed", task=task, error=type(error).__name__)
            return
