"""How many persons of which group: what is missing, and the words for it."""

from uuid import UUID

import pytest

from grants.errors import FieldError
from grants.policy.signers import check_signers, describe_progress, describe_signers, still_missing

BOB, BEA, SUE = (UUID(int=number) for number in (1, 2, 3))
BOTH = {"approvers": 2, "security": 1}


@pytest.mark.parametrize(
    ("signatures", "missing"),
    [
        ([], {"approvers": 2, "security": 1}),
        ([("approvers", BOB)], {"approvers": 1, "security": 1}),
        ([("approvers", BOB), ("approvers", BEA), ("security", SUE)], {}),
        ([("approvers", BOB), ("approvers", BOB), ("security", SUE)], {"approvers": 1}),  # one person, twice
        ([("approvers", BOB), ("approvers", BEA), ("security", BOB)], {"security": 1}),  # one person, two groups
        ([("friends", BOB)], {"approvers": 2, "security": 1}),  # a group that does not sign
    ],
)
def test_signatures_count_persons(signatures: list[tuple[str, UUID]], missing: dict[str, int]) -> None:
    assert still_missing(BOTH, signatures) == missing


@pytest.mark.parametrize(
    ("signers", "signatures", "words"),
    [
        ({"approvers": 1}, [], "Nobody has signed yet; one of approvers has to"),
        (BOTH, [], "Nobody has signed yet; 2 of approvers and one of security have to"),
        (BOTH, [("approvers", BOB)], "1 of 2 approvers has signed; one of security still has to"),
        (BOTH, [("security", SUE)], "one of security has signed; 2 of approvers still have to"),
        (BOTH, [("approvers", BOB), ("approvers", BEA)], "2 of 2 approvers have signed; one of security still has to"),
        ({"approvers": 1}, [("approvers", BOB)], "one of approvers has signed"),
    ],
)
def test_the_card_says_who_has_signed_and_who_has_to(
    signers: dict[str, int], signatures: list[tuple[str, UUID]], words: str
) -> None:
    assert describe_progress(signers, signatures) == words


def test_one_signature_of_each_group_is_told_by_their_names() -> None:
    assert describe_signers({"security": 1, "approvers": 1}) == "approvers and security"


@pytest.mark.parametrize("signers", [{}, {"approvers": 0}, {"approvers": 10}])
def test_nobody_or_too_many_is_refused(signers: dict[str, int]) -> None:
    with pytest.raises(FieldError):
        check_signers(signers)
