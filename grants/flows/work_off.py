"""A bell means more than its own row: whoever takes it looks for what else is due before it is done.

So a queue of a few bells is enough for however many rows (dispatch.ENOUGH): the others need not be sent nor taken.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Final
from uuid import UUID

from grants import dispatch, queries

HANDFUL: Final = 64
# After so many another bell is rung: a worker that is told to stop has its threads back soon.
MOST: Final = 25
# A grant that is due and cannot be done yet, a second session of one user for example, is left to the sweeper.
MISSES: Final = 3


@dataclass
class Backlog:
    """What is due for one task, handed out to this process's threads one by one."""

    task: str
    read: Callable[[datetime, int], Sequence[UUID]]
    misses_most: int = MISSES
    _ids: deque[UUID] = field(default_factory=deque, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def take(self, now: datetime) -> UUID | None:
        """The next row, most likely nobody else's; None when nothing is due."""
        with self._lock:
            if not self._ids:
                self._ids.extend(self.read(now, HANDFUL))
            return self._ids.popleft() if self._ids else None


ISSUES: Final = Backlog(dispatch.ISSUE, queries.due_grants)
# A mail that cannot be done is somebody else's and due no more: its bell is over when nothing is due, and not before.
MAILS: Final = Backlog(dispatch.DELIVER, queries.due_mails, misses_most=MOST + 1)


def work_off(*, first: UUID, backlog: Backlog, do: Callable[[UUID], bool], clock: Callable[[], datetime]) -> None:
    """``do`` the row that was rung for, then whatever is due; it says whether there was anything to do."""
    do(first)
    misses = 0
    for _ in range(MOST):
        row = backlog.take(clock())
        if row is None:
            return
        misses = 0 if do(row) else misses + 1
        if misses == backlog.misses_most:
            return
    dispatch.ring(backlog.task, [first])
