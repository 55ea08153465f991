"""What is filled when somebody asks stays where it was put."""

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.errors import FieldError
from grants.policy.limits import check_prefix
from grants.policy.placeholders import KNOWN, Filling, fill_scope, fill_tags, names_in, names_in_scope
from grants.policy.scopes import BucketScope, CustomScope, SharedScope, prefix_of

READ = ("s3:GetObject",)
FILLING = Filling(
    {
        "grant": "ABCDEFGH12",
        "vendor": "acme-robotics",
        "contractor.email": "carol@acme.example",
        "ticket": "OPS-42",
        "folder": "run-17",
    }
)


def custom(resource: str) -> CustomScope:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}
    return CustomScope(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def test_a_prefix_is_filled_part_by_part() -> None:
    scope = fill_scope(BucketScope("aws", ("b-1",), "{vendor}/{contractor.email}/{folder}/", READ), FILLING)
    assert prefix_of(scope) == "acme-robotics/carol@acme.example/run-17/"


def test_tags_and_an_object_tag_are_filled_and_keys_are_not() -> None:
    assert fill_tags({"{vendor}": "{ticket} of {vendor}"}, FILLING) == {"{vendor}": "OPS-42 of acme-robotics"}
    shared = fill_scope(SharedScope("aws", "b-1", "x/", READ, "Partner", "{vendor}"), FILLING)
    assert isinstance(shared, SharedScope)
    assert shared.tag_value == "acme-robotics"


def test_an_experts_policy_is_filled_in_its_values_and_keeps_iams_own_variables() -> None:
    filled = fill_scope(custom("arn:aws:s3:::b/{vendor}/${aws:userid}/${vendor}/{other}/*"), FILLING)
    assert isinstance(filled, CustomScope)
    (statement,) = json.loads(filled.policy)["Statement"]
    assert statement["Resource"] == "arn:aws:s3:::b/acme-robotics/${aws:userid}/${vendor}/{other}/*"


def test_a_scope_names_its_placeholders() -> None:
    assert names_in_scope(BucketScope("aws", ("b-1",), "{vendor}/{folder}/", READ)) == {"vendor", "folder"}
    assert names_in_scope(custom("arn:aws:s3:::b/{ticket}/*")) == {"ticket"}


def test_an_unknown_placeholder_is_told_with_those_there_are() -> None:
    with pytest.raises(FieldError, match=r"no placeholder \{who\}\. There are: \{grant\}"):
        names_in("{who}/")


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_the_longest_value_of_a_placeholder_fits_where_it_may_stand(name: str) -> None:
    longest = Filling({name: KNOWN[name].longest})
    filled = fill_scope(BucketScope("aws", ("b-1",), f"{{{name}}}/", READ), longest)
    assert prefix_of(filled) == f"{KNOWN[name].longest}/"
    assert fill_tags({"key": f"{{{name}}}"}, longest) == {"key": KNOWN[name].longest}


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("folder", "", "folder"),  # nothing: "in//"
        ("folder", ".", "folder"),
        ("folder", "..", "folder"),  # the way up, for whatever joins paths
        ("folder", "a/b", "folder"),  # another part
        ("folder", "*", "folder"),  # everybody's
        ("folder", "${aws:userid}", "folder"),  # a policy variable
        ("folder", "a\n", "folder"),
        ("folder", "é", "folder"),
        ("folder", "\u202eabc", "folder"),  # right to left
        ("ticket", 'x","Resource":"*', "ticket"),  # out of the string
        ("contractor.email", "car*l@acme.example", "template"),  # a legal address, and a wildcard
    ],
)
def test_a_value_that_could_leave_its_place_is_refused_at_its_own_field(name: str, value: str, field: str) -> None:
    with pytest.raises(FieldError) as refused:
        fill_scope(BucketScope("aws", ("b-1",), f"in/{{{name}}}/", READ), Filling({name: value}))
    assert refused.value.field == field


@given(st.text(alphabet=st.characters() | st.sampled_from(string.punctuation), max_size=80))
def test_whatever_is_typed_a_filled_prefix_is_a_prefix_below_the_templates_own(folder: str) -> None:
    try:
        filled = prefix_of(fill_scope(BucketScope("aws", ("b-1",), "in/{folder}/", READ), Filling({"folder": folder})))
    except FieldError:
        return
    check_prefix(filled)
    assert filled.startswith("in/")
    assert filled.count("/") == 2
