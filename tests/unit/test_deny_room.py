"""Which entry of the Deny stands where: nobody moves, the wide ones find room first, nothing is too long."""

from hypothesis import given
from hypothesis import strategies as st

from grants.policy.deny import deny_document
from grants.policy.deny_room import INLINE_MOST, MANAGED_MOST, Held, place

ACCOUNT = "111122223333"
NAMES = [f"{ACCOUNT}:dp-{number:010}-1" for number in range(400)]
some = st.frozensets(st.sampled_from(NAMES), max_size=40)


def held(inline: int = 0, managed: int = 0) -> Held:
    return Held(frozenset(NAMES[:inline]), frozenset(NAMES[inline : inline + managed]))


def test_the_inline_policy_is_filled_first() -> None:
    placed, left_out = place(held=held(), wanted=NAMES[:44])
    assert (len(placed.inline), placed.managed, left_out) == (44, frozenset(), frozenset())


def test_what_does_not_fit_overflows_and_two_hundred_fit() -> None:
    placed, left_out = place(held=held(), wanted=NAMES[:200])
    assert (len(placed.inline), len(placed.managed or ()), left_out) == (44, 156, frozenset())


def test_nothing_is_longer_than_iam_takes_and_a_quarter_stays_free_for_an_emergency() -> None:
    placed, left_out = place(held=held(), wanted=NAMES)
    assert len(deny_document(placed.inline)) <= INLINE_MOST == 2_048 * 3 // 4
    assert len(deny_document(placed.managed or ())) <= MANAGED_MOST
    assert placed.entries | left_out == set(NAMES)
    assert len(placed.entries) == 237


def test_without_a_managed_policy_the_rest_has_no_room() -> None:
    placed, left_out = place(held=Held(frozenset(), None), wanted=NAMES[:50])
    assert (len(placed.inline), placed.managed, len(left_out)) == (44, None, 6)


def test_a_whole_vendor_finds_room_before_its_sessions() -> None:
    placed, left_out = place(held=held(), wanted=[*NAMES, "vendor=zzz"])
    assert "vendor=zzz" in placed.inline
    assert left_out


def test_who_left_makes_room_where_they_were() -> None:
    placed, _ = place(held=held(44, 20), wanted=[*NAMES[1:64], NAMES[99]])
    assert placed.inline == {*NAMES[1:44], NAMES[99]}
    assert placed.managed == frozenset(NAMES[44:64])


def test_an_inline_policy_that_iam_calls_full_takes_nobody_more() -> None:
    placed, left_out = place(held=held(3), wanted=NAMES[:9], inline_most=0)
    assert (placed.inline, placed.managed, left_out) == (frozenset(NAMES[:3]), frozenset(NAMES[3:9]), frozenset())


@given(some, some, some)
def test_nobody_who_stays_moves_and_nobody_is_lost(
    inline: frozenset[str], managed: frozenset[str], add: frozenset[str]
) -> None:
    before = Held(inline, managed)
    placed, left_out = place(held=before, wanted=before.entries | add)
    assert placed.inline >= inline
    assert (placed.managed or frozenset()) >= managed
    assert placed.entries | left_out == before.entries | add
