"""Turns across processes, in a table that the web role cannot touch: an advisory lock is anybody's who signs in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

from django.db import connection

from grants.models import Lease
from grants.policies import LEASE

# Free is also the turn of a connection that is gone, as after kill -9; and, where a pooler keeps a dead worker's
# connection, one that was taken too long ago.
TAKE: Final = """
INSERT INTO grants_lease AS l (key, holder, taken_at, backend_pid, backend_start)
SELECT %s, %s, clock_timestamp(), pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()
ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, taken_at = excluded.taken_at,
    backend_pid = excluded.backend_pid, backend_start = excluded.backend_start
WHERE l.taken_at NOT BETWEEN clock_timestamp() - make_interval(secs => %s) AND clock_timestamp() OR NOT EXISTS (
    SELECT FROM pg_stat_activity a WHERE a.pid = l.backend_pid AND a.backend_start = l.backend_start)
"""
HOLD: Final = """
INSERT INTO grants_lease AS l (key, holder, taken_at, backend_pid, backend_start)
VALUES (%s, %s, clock_timestamp(), pg_backend_pid(), clock_timestamp())
ON CONFLICT (key) DO UPDATE SET holder = excluded.holder
"""


@contextmanager
def only_one_for(key: str) -> Iterator[Callable[[], bool]]:
    """A turn with no transaction open: yields a question, whether it is ours; it never waits.

    Ask again before believing what was done in it: who took longer than ``LEASE`` has perhaps been overtaken.
    """
    holder = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [key, holder, LEASE.total_seconds()])
    ours = Lease.objects.filter(key=key, holder=holder)
    try:
        yield ours.exists
    finally:
        ours.delete()


def hold_turn(key: str) -> None:
    """Until the end of the transaction nobody else gets past here with this key, and nobody but a worker gets here."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [key, uuid4()])
