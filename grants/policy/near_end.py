"""How near is near: when a recipient is told of the end, and when little is left of what waits; pure."""

from datetime import datetime, timedelta
from typing import Final

from grants.values import NearExpiry

WARN_BEFORE: Final = timedelta(minutes=30)


def is_near_end(ends_at: datetime | None, *, seconds: int, now: datetime) -> bool:
    """Time to tell its recipient: half an hour before the end, or the last quarter of a short one."""
    buffer = min(WARN_BEFORE, timedelta(seconds=seconds // 4))
    return ends_at is not None and NearExpiry(buffer).covers(ends_at, now)


def is_little_left(ends_at: datetime | None, *, seconds: int, now: datetime) -> bool:
    """Whether of what waits to be picked up less than half of its time is left."""
    return ends_at is not None and NearExpiry(timedelta(seconds=seconds // 2)).covers(ends_at, now)
