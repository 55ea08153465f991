"""How long each operation's credentials may live: both ends from both sides, and what AWS takes when none is sent."""

import re
from pathlib import Path

import pytest

from grants.errors import FieldError
from grants.policy import limits, role_limits
from grants.policy.durations import DURATIONS, check_seconds, in_words
from grants.policy.limits import Length

PAGE = (Path(__file__).parents[2] / "docs" / "aws.md").read_text()

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


def row(name: str) -> list[int]:
    """The numbers in the page's row of that name."""
    (found,) = re.findall(rf"^\| {re.escape(name)} ((?:\| \d+ )+)", PAGE, re.MULTILINE)
    return [int(number) for number in found.split("|")[1:]]


@pytest.mark.parametrize("operation", DURATIONS)
def test_the_page_says_how_long_as_the_table_does(operation: str) -> None:
    limit = DURATIONS[operation]
    assert row(operation) == [limit.minimum, limit.maximum, limit.default]


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("federated user's name", limits.NAME),
        ("role session name, source identity", role_limits.ROLE_SESSION_NAME),
        ("role session name, source identity", role_limits.SOURCE_IDENTITY),
        ("external ID", role_limits.EXTERNAL_ID),
        ("MFA device", limits.MFA_SERIAL),
        ("session policy", limits.POLICY),
        ("policy and managed policies' ARNs together", limits.POLICY_AND_ARNS),
        ("managed policies", limits.ARNS),
        ("session tags", limits.TAGS),
    ],
)
def test_the_page_says_how_much_as_the_code_does(name: str, limit: Length) -> None:
    assert row(name) == [limit.low, limit.high]
