"""Rolling extensions are counted as people would count them."""

from datetime import UTC, datetime, timedelta

import pytest

from grants.policy.streak import Streak, streak_of

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOURS_8 = timedelta(hours=8)


def spans(*days_ago: float, long: timedelta = HOURS_8) -> list[tuple[datetime, datetime]]:
    return [(NOW - day * DAY, NOW - day * DAY + long) for day in days_ago]


def test_the_first_one_says_nothing() -> None:
    assert streak_of([], NOW) == Streak(number=1, days=0)
    assert Streak(number=1, days=0).words == ""


def test_one_a_working_day_for_weeks_is_a_row_that_no_weekend_breaks() -> None:
    working = [day for day in range(1, 36) if (NOW - day * DAY).weekday() < 5]
    assert streak_of(spans(*working), NOW) == Streak(number=len(working) + 1, days=len(working))


def test_a_longer_pause_begins_a_new_row_and_the_days_still_count() -> None:
    assert streak_of(spans(1, 2, 20, 21), NOW) == Streak(number=3, days=4)


def test_two_on_one_day_are_two_in_a_row_and_one_day() -> None:
    assert streak_of(spans(1, 1.05, long=timedelta(minutes=30)), NOW) == Streak(number=3, days=1)


def test_a_night_shift_touches_two_days_and_what_lies_before_the_window_none() -> None:
    assert streak_of(spans(0.6, 40), NOW).days == 2


@pytest.mark.parametrize(
    ("number", "word"), [(2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (21, "21st"), (112, "112th")]
)
def test_the_words(number: int, word: str) -> None:
    assert Streak(number, 31).words == f"{word} in a row, access on 31 of the last 35 days"
