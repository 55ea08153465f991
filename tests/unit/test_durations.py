"""How long each operation's credentials may live: both ends from both sides, and what AWS takes when none is sent."""

import pytest

from grants.errors import FieldError
from grants.policy.durations import DURATIONS, check_seconds, in_words

LIMITS = [
    # operation, minimum, maximum, default
    ("GetSessionToken", 900, 129_600, 3_600),  # a quarter of an hour to a day and a half
    ("GetFederationToken", 900, 129_600, 43_200),  # the same, but half a day when nobody says
    ("AssumeRole", 900, 43_200, 3_600),  # at most half a day
    ("AssumeRole, chained", 900, 3_600, 3_600),  # a role assumed by temporary keys: never more than an hour
]


@pytest.mark.parametrize(("operation", "minimum", "maximum", "default"), LIMITS)
def test_both_ends_are_taken_and_one_second_beyond_is_not(
    operation: str, minimum: int, maximum: int, default: int
) -> None:
    assert DURATIONS[operation].default == default
    for seconds in (minimum, maximum, default):
        check_seconds(operation, seconds)
    for seconds in (minimum - 1, maximum + 1, 0, -default):
        with pytest.raises(FieldError) as refused:
            check_seconds(operation, seconds)
        assert refused.value.field == "seconds"


def test_no_operation_is_left_out_of_the_table() -> None:
    assert [operation for operation, *_ in LIMITS] == list(DURATIONS)


def test_the_sentence_is_the_operation_s_own_and_lands_at_the_field_that_asked() -> None:
    sentences = set()
    for operation in DURATIONS:
        with pytest.raises(FieldError) as refused:
            check_seconds(operation, 1, field="hours")
        assert refused.value.field == "hours"
        sentences.add(refused.value.field_sentence)
    assert "AWS gives a session token for 15 minutes at least and 36 hours at most." in sentences
    assert "AWS gives a role's credentials to temporary keys for 15 minutes at least and 1 hour at most." in sentences
    assert len(sentences) == len(DURATIONS)


@pytest.mark.parametrize(("seconds", "words"), [(900, "15 minutes"), (3_600, "1 hour"), (5_400, "90 minutes")])
def test_seconds_are_said_as_people_say_them(seconds: int, words: str) -> None:
    assert in_words(seconds) == words
