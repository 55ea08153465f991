"""The Deny document: what goes in, what stays, and what is not ours."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.policy.deny import (
    EntryRefusedError,
    NotOurDenyError,
    check_entries,
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
    "vendor=",  # no vendor at all
    "vendor=*",  # every vendor
    "vendor=Acme",  # vendors have no capitals
    "vendor=acme\n",  # a line break at the end
    "template=a b",  # no template's slug
    "before=now",  # no time
    "before=2026-01-02T15:04:05",  # whose time
    "tag=acme",  # of a kind that is not ours
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
    with_change(Condition={"StringEquals": {"aws:userid": [ALICE, "nobody"]}}),  # only alone does that deny nobody
    with_change(Sid="DaypassDeniedVendors"),  # one of ours with the condition of another
    with_change(NotPrincipal="x"),  # somebody added something
    {"Version": "2012-10-17", "Statement": [7]},  # no statement
]


def test_the_document_is_one_deny_of_everything_for_exactly_these_sessions() -> None:
    assert deny_document({CAROL, ALICE}) == (
        '{"Version":"2012-10-17","Statement":[{"Sid":"DaypassDenied","Effect":"Deny","Action":"*","Resource":"*",'
        f'"Condition":{{"StringEquals":{{"aws:userid":["{ALICE}","{CAROL}"]}}}}}}]}}'
    )


def test_the_size_is_152_and_16_more_than_each_name() -> None:
    assert len(deny_document({ALICE})) == 152 + 16 + len("dp-0123456789-1")
    assert len(deny_document({ALICE, CAROL})) == 152 + 2 * (16 + len("dp-0123456789-1"))


def test_a_document_that_denies_nobody_denies_a_name_that_nobody_has() -> None:
    document = json.loads(deny_document(()))
    assert document["Statement"][0]["Condition"] == {"StringEquals": {"aws:userid": ["nobody"]}}
    assert denied_in(document) == frozenset()


@pytest.mark.parametrize("userid", REFUSED)
def test_only_sessions_of_ours_are_denied(userid: str) -> None:
    with pytest.raises(EntryRefusedError):
        check_entries([ALICE, userid], account_id=ACCOUNT)


def test_grants_and_dry_runs_are_ours() -> None:
    check_entries([ALICE, CAROL, f"{ACCOUNT}:dry-0123456789-1"], account_id=ACCOUNT)


ROLE_ID = "AROA0123456789CANARY1"


def test_a_role_s_sessions_are_denied_by_the_role_s_id() -> None:
    entry = f"{ROLE_ID}:dp-0123456789-1"
    check_entries([entry], account_id=ACCOUNT, role_id=ROLE_ID)
    check_entries([entry], account_id=ACCOUNT)  # not known yet
    assert denied_in(json.loads(deny_document({entry, ALICE}))) == {entry, ALICE}


@pytest.mark.parametrize(
    "entry",
    [
        "AROA9999999999CANARY9:dp-0123456789-1",  # another role's: this Deny would meet nobody
        f"{ROLE_ID}:alice",  # not a session of ours
        f"{ROLE_ID}:*",  # everybody
        f"{ROLE_ID}:dp-*",  # all of ours
        "AIDA0123456789CANARY1:dp-0123456789-1",  # a user's id
        "AROA:dp-0123456789-1",  # no id
        f"444455556666:{ROLE_ID}",  # nonsense
    ],
)
def test_what_is_no_session_of_the_role_is_refused(entry: str) -> None:
    with pytest.raises(EntryRefusedError):
        check_entries([entry], account_id=ACCOUNT, role_id=ROLE_ID)


@pytest.mark.parametrize("document", FOREIGN)
def test_what_is_not_exactly_ours_is_left_alone(document: object) -> None:
    with pytest.raises(NotOurDenyError):
        denied_in(document)


def test_one_name_may_stand_without_a_list() -> None:
    assert denied_in(with_change(Condition={"StringEquals": {"aws:userid": ALICE}})) == {ALICE}


def test_whoever_is_added_and_removed_stays_denied() -> None:
    assert merge_denied(held=[], add=[ALICE], remove=[ALICE]) == {ALICE}


def test_vendors_templates_and_times_are_statements_of_their_own() -> None:
    entries = {ALICE, "vendor=acme", "template=Drop_1", "before=2026-01-02T15:04:05Z"}
    check_entries(entries, account_id=ACCOUNT)
    document = json.loads(deny_document(entries))
    assert [statement["Condition"] for statement in document["Statement"]] == [
        {"StringEquals": {"aws:PrincipalTag/daypass:vendor": ["acme"]}},
        {"StringEquals": {"aws:PrincipalTag/daypass:template": ["Drop_1"]}},
        {"DateLessThan": {"aws:TokenIssueTime": ["2026-01-02T15:04:05Z"]}},
        {"StringEquals": {"aws:userid": [ALICE]}},
    ]
    assert all(
        (each["Effect"], each["Action"], each["Resource"]) == ("Deny", "*", "*") for each in document["Statement"]
    )
    assert denied_in(document) == entries


@given(userids)
def test_what_is_written_reads_back_as_itself(names: frozenset[str]) -> None:
    assert denied_in(json.loads(deny_document(names))) == names
    check_entries(names, account_id=ACCOUNT)


@given(userids, userids, userids)
def test_merging_twice_is_merging_once(held: frozenset[str], add: frozenset[str], remove: frozenset[str]) -> None:
    once = merge_denied(held=held, add=add, remove=remove)
    assert merge_denied(held=once, add=add, remove=remove) == once


@given(userids, userids, userids)
def test_merging_knows_no_order(held: frozenset[str], first: frozenset[str], second: frozenset[str]) -> None:
    one_way = merge_denied(held=merge_denied(held=held, add=first, remove=()), add=second, remove=())
    other_way = merge_denied(held=merge_denied(held=held, add=second, remove=()), add=first, remove=())
    assert one_way == other_way
    assert deny_document(sorted(one_way)) == deny_document(sorted(other_way, reverse=True))


@given(userids, userids, userids)
def test_nobody_elses_entry_is_dropped(held: frozenset[str], add: frozenset[str], remove: frozenset[str]) -> None:
    merged = merge_denied(held=held, add=add, remove=remove)
    assert held - remove <= merged
    assert add <= merged
    assert merged <= held | add
