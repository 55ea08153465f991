"""What a stranger or a careless admin types costs no more than its length: none of these inputs ended before."""

import json

import pytest

from grants.forms.template_fields import SignersField, SignersWidget, TagsField
from grants.forms.vendors import LINES_MAX, LinesField
from grants.policy.document import DEPTH_MOST, NotJsonError, read
from grants.policy.mailbox import DOMAIN_LENGTH, canonical_domain
from grants.policy.template import lines_between
from grants.policy.variables import expanded


@pytest.mark.parametrize("inside", ["a{}b'", "a{}b',", "a,{}b", "{}'", "a,{}'b'{}c"])
def test_a_policy_variable_with_many_blanks_is_read_in_one_way(inside: str) -> None:
    blanks = " " * 50_000
    assert expanded("${" + inside.replace("{}", blanks) + "}", {"a": ("x",)}) is None


def test_blanks_around_the_parts_of_a_variable_say_nothing() -> None:
    assert expanded("${ a , 'b' }", {}) == ("b",)
    assert expanded("${ a }", {"a": ("x",)}) == ("x",)
    assert expanded("${a,'b' c}", {}) is None


def test_every_key_of_a_large_object_is_looked_at_once() -> None:
    pairs = ",".join(f'"{number}":1' for number in range(300_000))
    assert read(f'{{"a":1,"b":1,{pairs},"b":2,"a":2}}').repeated == ("a", "b")


def test_a_policy_is_as_deep_as_policies_are() -> None:
    assert read("[" * (DEPTH_MOST - 1) + "1" + "]" * (DEPTH_MOST - 1)).repeated == ()
    for depth in (DEPTH_MOST, 900, 100_000):
        with pytest.raises(NotJsonError):
            read("[" * depth + "1" + "]" * depth)


@pytest.mark.parametrize("text", ['{"a":"\\ud800"}', '{"\\udfff":1}', '["\\udc00\\ud800"]'])
def test_half_a_character_is_none(text: str) -> None:
    with pytest.raises(NotJsonError, match="half a character"):
        read(text)


def test_two_long_policies_are_not_laid_over_each_other() -> None:
    before, after = json.dumps(["a", "b", "c"] * 3_000), json.dumps(["c", "b", "a"] * 3_000)
    assert {line.sign for line in lines_between(before, after)} == {"+", "-"}
    assert [line.text for line in lines_between("", "[" * 5_000)] == ["[" * 5_000]


def test_tags_are_told_apart_in_one_pass() -> None:
    assert len(TagsField().to_python("\n".join(f"{number}=1" for number in range(150_000)))) == 150_000


@pytest.mark.parametrize("typed", ["9" * 5_000, "9" * 12])
def test_a_number_of_signers_that_nobody_can_count_is_too_many_and_no_list(typed: str) -> None:
    assert SignersField().to_python({"approvers": typed}) == {"approvers": 99}
    rows = SignersWidget(("approvers",)).get_context("signers", {"approvers": typed}, {})["widget"]["rows"]
    assert len(rows[0]["options"]) == 100


@pytest.mark.parametrize("count", ["0", "2", "5"])
def test_the_number_of_signers_that_a_template_has_is_the_one_that_is_chosen(count: str) -> None:
    rows = SignersWidget(("approvers",)).get_context("signers", {"approvers": count}, {})["widget"]["rows"]
    assert [value for value, _, is_chosen in rows[0]["options"] if is_chosen] == [count]


def test_a_domain_is_no_longer_than_domains_are() -> None:
    assert canonical_domain("a." * 125 + "aa")
    assert canonical_domain("a." * 126 + "aa") is None
    assert len("a." * 126 + "aa") > DOMAIN_LENGTH


def test_a_vendor_has_no_more_lines_than_can_be_read() -> None:
    assert LinesField().clean("a\n" * LINES_MAX) == ["a"] * LINES_MAX
    with pytest.raises(Exception, match="at most 100 lines"):
        LinesField().clean("a\n" * (LINES_MAX + 1))
