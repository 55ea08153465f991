"""A kept connection is looked at before each request and task; seldom by asking the server."""

import select
import time
from typing import Final

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

ASK_EVERY_SECONDS: Final = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    """An idle connection on which nothing has come is believed for some seconds after its last answer.

    A server that ended, or ended this connection, has said so on the socket. One that vanished without a word is
    found by asking, as Django does each time; that costs every request and task a round trip.
    """

    _answered_at: float = 0.0
    _answered_on: object = None

    def is_usable(self) -> bool:
        """Whether statements can be sent; asked by Django once a request or task."""
        if self._is_fresh() and self._is_silent():
            return True
        usable = bool(super().is_usable())
        self._answered_at, self._answered_on = time.monotonic(), self.connection if usable else None
        return usable

    def _is_fresh(self) -> bool:
        is_same = self.connection is not None and self._answered_on is self.connection
        return is_same and time.monotonic() - self._answered_at < ASK_EVERY_SECONDS

    def _is_silent(self) -> bool:
        """Neither closed nor in the middle of something, and nothing to read: no goodbye, no reset."""
        connection = self.connection
        if connection.closed or connection.info.transaction_status != TransactionStatus.IDLE:
            return False
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        return not poll.poll(0)
