"""A template admin's pattern can never keep the web process busy, whatever a contractor types."""

import re
import time

import pytest

from grants.errors import FieldError
from grants.policy.ticket import TICKET_LENGTH, check_ticket_pattern

WORST = ["a" * TICKET_LENGTH + "!", "a" * (TICKET_LENGTH - 1) + "!", "1" * (TICKET_LENGTH - 1) + "!", "-" * 99 + "!"]


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",  # a quantifier in a quantifier: 2^100 ways
        "(a*)*b",
        "(?:a{1,9}){1,9}b",
        "((ab?)+)+",
        "(a|a)*b",  # two ways for every letter
        "(a|aa){30}b",  # the same with a fixed count
        "(a?){50}b",
        "a?" * 40 + "a" * 40,  # no nesting at all
        "(a|a)" * 30 + "b",
        "a*" * 8 + "b",  # 100^8
        "[0-9]*" * 4 + "x",
        r"(a+)\1b",  # what stands before is matched again
        r"(?P<n>a+)(?P=n)b",
        "(?=(a+))b",
        "(?i)ops-[0-9]+",
        "(?:){99999999}OPS",  # nothing, very often
        "((((((ab){99}){99}){99}){99}){99}){99}",
        "a{2,100000}",
        "[",
        "(a",
        "a**",
        "(" * 150 + "a" + ")" * 150 + "+*",
    ],
)
def test_a_pattern_that_could_take_for_ever_or_is_none_is_refused_at_its_field(pattern: str) -> None:
    with pytest.raises(FieldError) as refused:
        check_ticket_pattern(pattern)
    assert refused.value.field == "ticket_pattern"
    assert "Try for example" in str(refused.value)


@pytest.mark.parametrize(
    ("pattern", "ticket"),
    [
        ("[A-Z]{2,10}-[0-9]{1,6}", "OPS-42"),
        ("[A-Z]+-[0-9]+", "OPS-42"),
        ("(OPS|DEV)-[0-9]+(-[a-z]+)?", "DEV-7-b"),
        (r"\d{4}/\d{2,5}", "2026/123"),
        ("(?:[0-9]{3}-){2}[0-9]{4}", "123-456-7890"),  # a group that leaves no choice may be repeated
        (r"INC[0-9]{7}|CHG\(x\)", "CHG(x)"),
        ("[]A-Z^(+*{]{2}", "+]"),  # what stands in brackets is no quantifier
        ("#[0-9]{1,8}?", "#12"),
        ("[a-z]+[a-z]+[a-z]+", "abc"),  # slow for its length, and not for ever
    ],
)
def test_a_usual_pattern_is_taken_and_answers_at_once(pattern: str, ticket: str) -> None:
    check_ticket_pattern(pattern)
    assert re.fullmatch(pattern, ticket, re.ASCII)
    begin = time.process_time()
    assert not any(re.fullmatch(pattern, worst, re.ASCII) for worst in WORST)
    assert time.process_time() - begin < 1
