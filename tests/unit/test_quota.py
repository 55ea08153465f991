"""A limit is a value with one question."""

import pytest

from grants.policy.quota import Quota, Use


@pytest.mark.parametrize(
    ("used", "more", "has_room"),
    [(0, 1, True), (1, 1, True), (2, 1, False), (3, 1, False), (0, 2, True), (0, 3, False), (2, 0, True)],
)
def test_two_are_two(used: int, more: int, has_room: bool) -> None:  # noqa: FBT001 - a table
    assert Quota(2).has_room(used, more) is has_room
    assert Use(Quota(2), used, more, "hours", "No.").fits is has_room


def test_limits_are_the_same_when_they_say_the_same() -> None:
    assert Quota(2) == Quota(2) != Quota(3)
