"""The stand-in's own process; by itself it would look at every live session whenever it makes another one.

Run by the stand-in's Python as ``python -P run_ministack.py``: nothing else of ours is importable there.
"""

import heapq
import time
from typing import Any, Final

from ministack.app import main
from ministack.services import sts
from ministack.services.sts import _sessions as sessions

ends: Final[list[tuple[float, str]]] = []


def register_session(access_key: str, session: dict[str, Any]) -> None:
    """Forget the sessions that are over, as the stand-in does, and keep this one."""
    now = time.time()
    while ends and ends[0][0] < now:
        sessions.pop(heapq.heappop(ends)[1], None)
    sessions[access_key] = {"IssuedAt": now, **session}
    if isinstance(over_at := session.get("Expiration"), int | float):
        heapq.heappush(ends, (over_at, access_key))


if __name__ == "__main__":
    sts.register_session = register_session
    main()
