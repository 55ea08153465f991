"""AWS's own list: what exists, what it is, how it is found, and what is never offered."""

import re
from itertools import product
from pathlib import Path

import pytest

from grants.policy import catalogue
from grants.policy.actions import ACTIONS, BUNDLES, BY_NAME, READS, offered_in
from grants.policy.catalogue import LEVELS, action, expand, keys_of, service, titles
from grants.policy.findings.risks import ESCALATES, OUTLIVES, _rows, risk_of
from grants.policy.search import by_level, search, search_services
from grants.policy.wildcards import overlap, pattern, takes

IAM = Path(__file__).resolve().parents[2] / "deploy" / "iam"
SEARCHES = [
    ("read object", "s3:GetObject"),  # people say read, AWS says get
    ("download", "s3:GetObject"),
    ("upload", "s3:PutObject"),
    ("remove versions", "s3:DeleteObjectVersion"),
    ("getobject", "s3:GetObject"),
    ("object tags", "s3:GetObjectTagging"),
    ("kms:decrypt", "kms:Decrypt"),  # a service by its name
    ("KMS: data key", "kms:GenerateDataKey"),
    ("dynamodb get item", "dynamodb:GetItem"),
    ("tag object", "s3:GetObjectTagging"),  # there is a service called tag, which knows no objects
]
RISKS = [
    ("s3:PutBucketPolicy", OUTLIVES),
    ("s3:PutBucketNotification", OUTLIVES),
    ("s3:GetDataAccess", ESCALATES),
    ("kms:CreateGrant", OUTLIVES),
    ("lambda:UpdateFunctionCode", ESCALATES),
]


def test_an_action_is_known_whatever_its_case() -> None:
    known = action("S3:getobject")
    assert known
    assert (known.name, known.level, known.resources) == ("s3:GetObject", "Read", ("accesspointobject", "object"))
    assert "s3:existingobjecttag/<key>" in known.keys
    assert known.description == "retrieve objects from Amazon S3"


@pytest.mark.parametrize(
    "name", ["s3:GetObjekt", "s4:GetObject", "GetObject", "", ":", "s3:*", "../s3:GetObject", "s3/../s3:x"]
)
def test_what_aws_does_not_know_is_nothing(name: str) -> None:
    assert action(name) is None


def test_keys_of_an_action_are_its_own_and_those_of_what_it_acts_on() -> None:
    known = action("s3:GetObject")
    assert known
    assert {"s3:existingobjecttag/<key>", "aws:resourcetag/${tagkey}"} <= keys_of(known)
    assert "s3:prefix" not in keys_of(known)


def test_a_wildcard_stands_for_what_aws_would_take() -> None:
    assert [known.name for known in expand("s3:GetObjectL*")] == ["s3:GetObjectLegalHold"]
    assert len(expand("s3:*")) == len(expand("S3:???*")) > 150
    assert expand("s?:GetObject") == ()


def test_every_service_can_be_read_and_few_are_kept() -> None:
    for prefix in titles():
        found = service(prefix)
        assert found
        assert {known.level for known in found.actions.values()} <= set(LEVELS)
        assert all(set(known.resources) <= set(found.resources) for known in found.actions.values())
    assert catalogue.service.cache_info().currsize <= catalogue.SERVICES_KEPT
    assert re.fullmatch(r"0\.1\.20[0-9]+", catalogue.data_version())


@pytest.mark.parametrize(("words", "best"), SEARCHES)
def test_an_action_is_found_by_what_people_call_it(words: str, best: str) -> None:
    assert search(words)[0].name == best


def test_a_search_keeps_to_the_services_asked_for_and_to_a_limit() -> None:
    assert search("object", most=5) == search("object")[:5]
    assert {known.name.partition(":")[0] for known in search("tag", services=("kms", "s3"))} == {"kms", "s3"}
    assert search("nothing like it") == search("x" * 5_000) == ()
    assert search("", services=("s4",)) == ()


def test_what_is_found_is_grouped_by_access_level() -> None:
    groups = dict(by_level(search("object", most=200)))
    assert list(groups) == [level for level in LEVELS if level in groups]
    assert "s3:PutObjectTagging" in {known.name for known in groups["Tagging"]}
    assert "s3:PutObjectAcl" in {known.name for known in groups["Permissions management"]}


def test_a_service_is_found_by_its_name() -> None:
    assert search_services("key management")[0] == ("kms", "AWS Key Management Service")
    assert search_services("s3")[0] == ("s3", "Amazon S3")


def test_every_action_of_a_bucket_template_is_aws_s_and_carries_no_risk() -> None:
    for offered in ACTIONS:
        known = action(offered.name)
        assert known
        assert known.name == offered.name
        assert risk_of(known) is None
        assert offered.on in known.resources
        assert offered.changes == (known.level in ("Write", "Tagging"))
    assert len({offered.verb for offered in ACTIONS}) == len(ACTIONS) == len(BY_NAME)


def test_what_a_bucket_template_offers_is_all_that_aws_has_of_the_kind() -> None:
    """AWS's list grows: whatever it adds below a prefix is offered, or this says that words are missing."""
    fitting = {
        known.name
        for known in expand("s3:*")
        if {"object", "accesspointobject"} <= set(known.resources) or "s3:prefix" in known.keys
        if not risk_of(known) and known.level != "Permissions management"
    }
    assert set(BY_NAME) == fitting


def test_what_a_partners_tag_does_not_bind_is_not_offered_for_shared_data() -> None:
    names = {offered.name for offered in offered_in("shared")}
    assert names == READS
    assert not names & {"s3:GetObjectLegalHold", "s3:ListMultipartUploadParts", "s3:PutObject", "s3:PutObjectTagging"}


def test_every_bucket_action_of_a_template_can_be_bound_to_a_prefix() -> None:
    on_bucket = [action(offered.name) for offered in ACTIONS if offered.on == "bucket"]
    assert len(on_bucket) == 2
    assert all(known and "s3:prefix" in known.keys for known in on_bucket)


def test_bundles_are_of_actions_that_are_offered() -> None:
    assert all(set(names) <= set(BY_NAME) for _, _, names in BUNDLES)
    assert len({code for code, _, _ in BUNDLES}) == len(BUNDLES)


@pytest.mark.parametrize("stack", ["issuer.yaml", "role.yaml"])
def test_the_issuer_may_give_what_templates_offer(stack: str) -> None:
    granted = re.findall(r"^ +- (s3:\w+)$", (IAM / stack).read_text(), re.MULTILINE)
    assert set(BY_NAME) <= set(granted)


@pytest.mark.parametrize(("name", "kind"), RISKS)
def test_what_would_outlive_a_grant_is_known(name: str, kind: str) -> None:
    known = action(name)
    assert known
    risk = risk_of(known)
    assert risk
    assert risk.kind == kind
    assert risk.reason


def test_every_row_of_the_risks_names_actions_that_aws_has() -> None:
    assert [name for _, name, _ in _rows() if not expand(name)] == []


def test_every_s3_action_that_manages_permissions_is_a_risk_or_takes_away() -> None:
    managing = [known for known in expand("s3:*") if known.level == "Permissions management" and not risk_of(known)]
    assert all(known.name.startswith("s3:Delete") for known in managing)


def test_wildcards_take_what_they_should_and_overlap_where_they_share_a_text() -> None:
    texts = ["".join(letters) for length in range(5) for letters in product("ab", repeat=length)]
    wanted = ["".join(letters) for length in range(4) for letters in product("ab*?", repeat=length)]
    taken = {}
    for one in wanted:
        expression = re.compile(one.replace("*", "[ab]*").replace("?", "[ab]"))
        taken[one] = {text for text in texts if takes(pattern(one), text)}
        assert taken[one] == {text for text in texts if expression.fullmatch(text)}
    for one, other in product(wanted[:40], wanted):
        assert overlap(one, other) == bool(taken[one] & taken[other]), (one, other)


def test_a_wildcard_that_never_ends_keeps_nobody_busy() -> None:
    assert not takes(pattern("*a" * 500 + "b"), "a" * 2_000)
    assert not overlap("*a" * 60 + "b", "?a" * 60)
