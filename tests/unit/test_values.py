"""The small values: names, codes, and what must not be seen in a repr."""

import re
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.values import (
    CROCKFORD,
    AwsCredentials,
    IssuerRef,
    Letter,
    NearExpiry,
    SealedBox,
    federated_name,
    new_code,
    new_reference,
    normal_code,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SPELLINGS = [
    ("ABCD1234", "ABCD1234"),  # as shown
    ("abcd1234", "ABCD1234"),  # in lower case
    ("ABCD-1234", "ABCD1234"),  # in two groups
    (" ab cd\t12 34\n", "ABCD1234"),  # pasted from somewhere
    ("OoIiLl00", "00111100"),  # look-alikes, as Crockford reads them
    ("", ""),  # nothing
    ("ABCD\u00a01234", "ABCD1234"),  # a no-break space from a web page
]
NEAR_EXPIRY = [
    (timedelta(minutes=4), True),  # inside the five minutes
    (timedelta(minutes=5), True),  # exactly at them
    (timedelta(minutes=5, seconds=1), False),  # just outside
    (timedelta(), True),  # now
    (timedelta(seconds=-1), True),  # over
]


def credentials(ends: datetime = NOON) -> AwsCredentials:
    return AwsCredentials("ASIAEXAMPLE000000000", "canary-secret", "canary-token", ends)


def test_a_reference_is_ten_crockford_characters() -> None:
    assert re.fullmatch(f"[{CROCKFORD}]{{10}}", new_reference())


def test_a_code_is_eight_crockford_characters_and_reads_as_itself() -> None:
    code = new_code()
    assert re.fullmatch(f"[{CROCKFORD}]{{8}}", code)
    assert normal_code(code) == code


def test_references_and_codes_do_not_repeat() -> None:
    assert len({new_reference() for _ in range(1_000)}) == 1_000
    assert len({new_code() for _ in range(1_000)}) == 1_000


def test_crockford_has_32_characters_without_look_alikes() -> None:
    assert len(set(CROCKFORD)) == 32
    assert not set("ILOU") & set(CROCKFORD)


@pytest.mark.parametrize(("typed", "read"), SPELLINGS)
def test_a_code_is_read_however_it_is_typed(typed: str, read: str) -> None:
    assert normal_code(typed) == read


@given(st.text())
def test_reading_a_code_twice_is_reading_it_once(typed: str) -> None:
    assert normal_code(normal_code(typed)) == normal_code(typed)


def test_a_federated_name_names_grant_and_attempt_within_16_characters() -> None:
    assert federated_name("0123456789", 1) == "dp-0123456789-1"
    assert len(federated_name(new_reference(), 99)) == 16


@pytest.mark.parametrize(("left", "near"), NEAR_EXPIRY)
def test_credentials_are_near_their_end_five_minutes_before_it(left: timedelta, *, near: bool) -> None:
    assert credentials(NOON + left).is_near_expiry(NOON) is near


def test_nearness_can_be_asked_with_another_buffer() -> None:
    assert credentials(NOON + timedelta(minutes=9)).is_near_expiry(NOON, timedelta(minutes=10))


@pytest.mark.parametrize(("left", "near"), NEAR_EXPIRY)
def test_near_expiry_is_a_value_with_one_question(left: timedelta, *, near: bool) -> None:
    assert NearExpiry().covers(NOON + left, NOON) is near
    assert NearExpiry(timedelta(minutes=10)).covers(NOON + left, NOON) is (left <= timedelta(minutes=10))


def test_an_end_that_nobody_knows_is_near() -> None:
    assert NearExpiry().covers(None, NOON)


def test_an_issuer_from_before_there_were_kinds_is_a_user_and_hides_its_external_id() -> None:
    old = IssuerRef("111122223333", "aws", "us-east-1", "arn:aws:iam::111122223333:user/i", "i")
    assert (old.kind, old.role_arn, old.role_id) == ("user", "", "")
    assert "canary" not in repr(replace(old, external_id="canary"))


def test_no_secret_is_in_a_repr() -> None:
    letter = Letter("carol@acme.example", "Ready", "canary-text", "canary-html", "<1@daypass.example>")
    shown = repr([credentials(), SealedBox("k1", b"canary-box"), letter])
    assert "canary" not in shown
    assert "ASIAEXAMPLE000000000" in shown


def test_a_value_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        credentials().access_key_id = "other"  # type: ignore[misc]  # the assignment is what must fail
