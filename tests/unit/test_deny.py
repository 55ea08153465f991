"""The Deny document: what goes in, what stays, and what is not ours."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.errors import RevokeError
from grants.policy.deny import (
    DenyFullError,
    NotOurDenyError,
    UseridRefusedError,
    check_userids,
    denied_in,
    deny_document,
    merge_denied,
)

ACCOUNT = "111122223333"
ALICE = f"{ACCOUNT}:dp-0123456789-1"
CAROL = f"{ACCOUNT}:dp-ABCDEFGHJK-2"

userids = st.frozensets(st.from_regex(rf"{ACCOUNT}:(dp|dry)-[0-9A-Z]{{10}}-[1-9]", fullmatch=True), max_size=20)

REFUSED = [
    "",  # nothing
    "*",  # everybody
    f"{ACCOUNT}:*",  # every session of the issuer
    f"{ACCOUNT}:dp-*",  # every grant
    f"{ACCOUNT}:dp-012345678?-1",  # a wildcard
    f"{ACCOUNT}:dp-${{aws:userid}}",  # a policy variable
    f"{ACCOUNT}:alice",  # a name that is not ours
    f"{ACCOUNT}:dp-",  # no name at all
    f"{ACCOUNT}:DP-0123456789-1",  # userids are compared with case
    "444455556666:dp-0123456789-1",  # another account
    f"{ACCOUNT}:dp-0123456789-1\n",  # a line break at the end
    f'{ACCOUNT}:dp-01"]}}',  # a way out of the JSON string
    f"{ACCOUNT}:dp-{'A' * 29}",  # longer than a federated name
    "١١١١٢٢٢٢٣٣٣٣:dp-0123456789-1",  # digits, but not those
]


def ours(*names: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(deny_document(names))
    return document


def with_change(**change: object) -> dict[str, Any]:
    document = copy.deepcopy(ours(ALICE))
    document["Statement"][0] |= change
    return document


FOREIGN: list[object] = [
    None,  # nothing
    "",  # an answer that was not JSON
    [],  # a list
    {},  # empty
    {"Version": "2012-10-17", "Statement": []},  # nothing denied
    {"Version": "2012-10-17", "Statement": ours(ALICE)["Statement"][0]},  # not as we write it
    {**ours(ALICE), "Version": "2008-10-17"},  # another language, in which variables are text
    {**ours(ALICE), "Id": "mine"},  # somebody added something
    {"Version": "2012-10-17", "Statement": ours(ALICE)["Statement"] * 2},  # two statements
    with_change(Effect="Allow"),  # the opposite
    with_change(Sid="Incident42"),  # somebody's own
    with_change(Action="s3:*"),  # less than everything
    with_change(Resource="arn:aws:s3:::acme-drop"),  # less than everything
    with_change(Condition={"StringLike": {"aws:userid": [ALICE]}}),  # another operator
    with_change(Condition={"StringEquals": {"aws:userid": [ALICE], "aws:username": "x"}}),  # one condition more
    with_change(Condition={"StringEquals": {"aws:userid": []}}),  # nobody
    with_change(Condition={"StringEquals": {"aws:userid": [ALICE, "444455556666:bob"]}}),  # a name that is not ours
    with_change(Condition={"StringEquals": {"aws:userid": [ALICE, 7]}}),  # not a name
]


def test_the_document_is_one_deny_of_everything_for_exactly_these_sessions() -> None:
    assert deny_document({CAROL, ALICE}) == (
        '{"Version":"2012-10-17","Statement":[{"Sid":"DaypassDenied","Effect":"Deny","Action":"*","Resource":"*",'
        f'"Condition":{{"StringEquals":{{"aws:userid":["{ALICE}","{CAROL}"]}}}}}}]}}'
    )


def test_the_size_is_152_and_16_more_than_each_name() -> None:
    assert len(deny_document({ALICE})) == 152 + 16 + len("dp-0123456789-1")
    assert len(deny_document({ALICE, CAROL})) == 152 + 2 * (16 + len("dp-0123456789-1"))


def test_more_than_an_inline_policy_holds_is_refused() -> None:
    names = [f"{ACCOUNT}:dp-01234567{number}-10" for number in range(10, 99)]
    assert len(deny_document(names[:59])) <= 2_048
    with pytest.raises(DenyFullError):
        deny_document(names[:61])


def test_a_deny_of_nobody_is_never_written() -> None:
    with pytest.raises(RevokeError):
        deny_document(())


@pytest.mark.parametrize("userid", REFUSED)
def test_only_sessions_of_ours_are_denied(userid: str) -> None:
    with pytest.raises(UseridRefusedError):
        check_userids([ALICE, userid], account_id=ACCOUNT)


def test_grants_and_dry_runs_are_ours() -> None:
    check_userids([ALICE, CAROL, f"{ACCOUNT}:dry-0123456789-1"], account_id=ACCOUNT)


@pytest.mark.parametrize("document", FOREIGN)
def test_what_is_not_exactly_ours_is_left_alone(document: object) -> None:
    with pytest.raises(NotOurDenyError):
        denied_in(document)


def test_one_name_may_stand_without_a_list() -> None:
    assert denied_in(with_change(Condition={"StringEquals": {"aws:userid": ALICE}})) == {ALICE}


def test_whoever_is_added_and_removed_stays_denied() -> None:
    assert merge_denied(held=[], add=[ALICE], remove=[ALICE]) == {ALICE}


@given(userids.filter(bool))
def test_what_is_written_reads_back_as_itself(names: frozenset[str]) -> None:
    assert denied_in(json.loads(deny_document(names))) == names
    check_userids(names, account_id=ACCOUNT)


@given(userids, userids, userids)
def test_merging_twice_is_merging_once(held: frozenset[str], add: frozenset[str], remove: frozenset[str]) -> None:
    once = merge_denied(held=held, add=add, remove=remove)
    assert merge_denied(held=once, add=add, remove=remove) == once


@given(userids, userids, userids)
def test_merging_knows_no_order(held: frozenset[str], first: frozenset[str], second: frozenset[str]) -> None:
    one_way = merge_denied(held=merge_denied(held=held, add=first, remove=()), add=second, remove=())
    other_way = merge_denied(held=merge_denied(held=held, add=second, remove=()), add=first, remove=())
    assert one_way == other_way
    if one_way:
        assert deny_document(sorted(one_way)) == deny_document(sorted(other_way, reverse=True))


@given(userids, userids, userids)
def test_nobody_elses_entry_is_dropped(held: frozenset[str], add: frozenset[str], remove: frozenset[str]) -> None:
    merged = merge_denied(held=held, add=add, remove=remove)
    assert held - remove <= merged
    assert add <= merged
    assert merged <= held | add
