"""Access that is asked for again and again: how many in a row, on how many of the last days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(days=35)
PAUSE: Final = timedelta(days=3)  # a weekend is no pause
BREAK: Final = timedelta(hours=8)  # a night is a break, a coffee is none


@dataclass(frozen=True, slots=True)
class Streak:
    """``number`` is this one's place in the row, 1 for the first; ``days`` of ``window`` days had access."""

    number: int
    days: int
    window: int = WINDOW.days

    @property
    def words(self) -> str:
        """Nothing for a first one."""
        if self.number == 1:
            return ""
        return f"{_ordinal(self.number)} in a row, access on {self.days} of the last {self.window} days"


def streak_of(spans: Iterable[tuple[datetime, datetime]], now: datetime) -> Streak:
    """Of a request made ``now``, after access that lasted from … to; more than three days of pause end a row."""
    known = sorted(spans, reverse=True)
    number, next_begin = 1, now
    for begin, end in known:
        if next_begin - end > PAUSE:
            break
        number, next_begin = number + 1, min(begin, next_begin)
    days = {day for begin, end in known for day in _days(max(begin, now - WINDOW), min(end, now))}
    return Streak(number=number, days=len(days))


def row_before(spans: Iterable[tuple[datetime, datetime]], start: datetime) -> timedelta:
    """How long, by ``start``, somebody has had access without a break of eight hours; nothing after such a break."""
    begin = start
    for first, last in sorted(spans, reverse=True):
        if begin - last >= BREAK:
            break
        begin = min(begin, first)
    return start - begin


def _days(begin: datetime, end: datetime) -> Iterable[object]:
    """Every UTC date that a span touches."""
    day = begin
    while day <= end:
        yield day.date()
        day += timedelta(days=1)
    if begin <= end:
        yield end.date()


def _ordinal(number: int) -> str:
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
