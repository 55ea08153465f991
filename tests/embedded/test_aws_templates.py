"""The templates of deploy/iam are the one source of rights, for AWS and for the stand-in."""

import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from grants.policy.deny import deny_document
from portal.embedded.aws import ACCOUNT_ID, RunningAws
from portal.embedded.aws.seed_stacks import StackError, deploy
from portal.embedded.aws.templates import FOLDER, read_template, resolve, scopes, statements, widened
from tests.embedded.aws_people import root

pytest_plugins = ["tests.embedded.aws_fixtures"]
TEMPLATES = ("issuer.yaml", "revoker.yaml", "role.yaml", "session.yaml")
BOUNDARY = f"arn:aws:iam::{ACCOUNT_ID}:policy/daypass-issuer-maximum"
DENY = f"arn:aws:iam::{ACCOUNT_ID}:policy/daypass-issuer-deny"


def attached(aws: RunningAws, arn: str) -> list[dict[str, Any]]:
    iam = root(aws, "iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    found: list[dict[str, Any]] = document["Statement"]
    return found


def by_sid(found: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {statement["Sid"]: statement for statement in found}


@pytest.mark.parametrize("name", TEMPLATES)
def test_cfn_lint_finds_nothing(name: str) -> None:
    lint = shutil.which("cfn-lint", path=str(Path(sys.executable).parent))
    assert lint
    done = subprocess.run([lint, str(FOLDER / name)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_templates_deploy_unchanged(aws: RunningAws) -> None:
    lists = {"BucketArns": "arn:aws:s3:::a", "ObjectArns": "arn:aws:s3:::a/*,arn:aws:s3:::b/*"}
    values = {"IssuerName": "unchanged", **lists}
    made = deploy(aws.endpoint_url, name="unchanged", template=read_template("issuer.yaml"), parameters=values)
    found = by_sid(attached(aws, made["BoundaryArn"]))
    assert found["MintDaypassNames"]["Resource"][0] == f"arn:aws:sts::{ACCOUNT_ID}:federated-user/dp-*"
    arns = {name: made[name] for name in ("IssuerArn", "BoundaryArn", "DenyPolicyArn")}
    values = {"RevokerName": "unchanged-too", **arns}
    template = read_template("revoker.yaml")
    assert deploy(aws.endpoint_url, name="unchanged-too", template=template, parameters=values)["RevokerArn"]


def test_what_the_issuer_holds_is_what_the_template_says(aws: RunningAws) -> None:
    iam = root(aws, "iam")
    user = iam.get_user(UserName="daypass-issuer")["User"]
    held = [
        policy["PolicyArn"] for policy in iam.list_attached_user_policies(UserName="daypass-issuer")["AttachedPolicies"]
    ]
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
    assert set(held) == {BOUNDARY, DENY}
    wanted = by_sid(statements(widened(read_template("issuer.yaml"))))
    found = by_sid([*attached(aws, BOUNDARY), *attached(aws, DENY)])
    assert wanted.keys() == found.keys()
    assert all(found[sid]["Action"] == wanted[sid]["Action"] for sid in wanted)
    assert found["NothingForDryRuns"]["Condition"] == {"StringLike": {"aws:userid": f"{ACCOUNT_ID}:dry-*"}}


def test_every_data_allow_of_the_role_wants_a_daypass_name_and_nothing_is_allowed_but_data() -> None:
    template = read_template("role.yaml")
    maximum = template["Resources"]["Maximum"]["Properties"]["PolicyDocument"]["Statement"]
    for statement in maximum:
        name = "*:dp-*" if statement["Effect"] == "Allow" else "*:dry-*"
        assert statement["Condition"] == {"StringLike": {"aws:userid": name}}, statement["Sid"]
    actions = {action for each in maximum if each["Effect"] == "Allow" for action in each["Action"]}
    assert {action.partition(":")[0] for action in actions} == {"s3"}


def test_the_role_trusts_one_caller_who_knows_the_external_id_and_uses_our_names() -> None:
    role = read_template("role.yaml")["Resources"]["Role"]["Properties"]
    assume, say = role["AssumeRolePolicyDocument"]["Statement"]
    assert assume["Principal"] == say["Principal"] == {"AWS": {"Ref": "CallerArn"}}
    assert assume["Condition"]["StringEquals"] == {"sts:ExternalId": {"Ref": "ExternalId"}}
    assert assume["Condition"]["StringLike"] == {"sts:RoleSessionName": ["dp-*", "dry-*"]}
    assert role["PermissionsBoundary"] == {"Ref": "Maximum"}


def test_every_data_allow_wants_a_daypass_name() -> None:
    for statement in statements(read_template("issuer.yaml")):
        if statement["Effect"] == "Allow" and not str(statement["Action"]).startswith("['sts:"):
            wanted = {"StringLike": {"aws:userid": {"Fn::Sub": "${AWS::AccountId}:dp-*"}}}
            assert statement["Condition"] == wanted, statement["Sid"]


def test_the_issuer_template_grants_nothing_of_iam() -> None:
    allowed = [s["Action"] for s in statements(read_template("issuer.yaml")) if s["Effect"] == "Allow"]
    assert {action.partition(":")[0] for actions in allowed for action in actions} == {"s3", "sts"}


def test_the_boundary_is_the_maximum_itself() -> None:
    user = read_template("issuer.yaml")["Resources"]["Issuer"]["Properties"]
    assert user["PermissionsBoundary"] == {"Ref": "Maximum"}
    assert user["ManagedPolicyArns"] == [{"Ref": "Maximum"}, {"Ref": "Denied"}]


def test_the_managed_deny_begins_as_a_document_of_ours_that_denies_nobody() -> None:
    for name in ("issuer.yaml", "role.yaml"):
        document = read_template(name)["Resources"]["Denied"]["Properties"]["PolicyDocument"]
        assert document == json.loads(deny_document(()))


def test_the_revoker_writes_versions_of_that_one_policy_and_attaches_nothing() -> None:
    found = by_sid(statements(read_template("revoker.yaml")))["WriteTheManagedDeny"]
    assert found["Resource"] == {"Ref": "DenyPolicyArn"}
    allowed = {action for statement in statements(read_template("revoker.yaml")) for action in statement["Action"]}
    assert not {action for action in allowed if "Attach" in action or "Boundary" in action or "*" in action}


def test_the_stand_ins_changes_are_these_two_and_no_more() -> None:
    issuer, revoker = read_template("issuer.yaml"), read_template("revoker.yaml")
    wide_issuer, wide_revoker = copy.deepcopy(issuer), copy.deepcopy(revoker)
    by_sid(statements(wide_issuer))["MintDaypassNames"]["Resource"] = "*"
    del by_sid(statements(wide_revoker))["WriteDenyUnderTheBoundary"]["Condition"]
    assert widened(issuer) == wide_issuer
    assert widened(revoker) == wide_revoker
    assert issuer == read_template("issuer.yaml")


def test_what_was_taken_away_is_in_the_register(aws: RunningAws) -> None:
    register = json.loads((aws.issuer_credentials_file.parent.parent / "register.json").read_text())
    values = {"AWS::Partition": "aws", "AWS::AccountId": ACCOUNT_ID, "BoundaryArn": BOUNDARY}
    values["IssuerArn"] = f"arn:aws:iam::{ACCOUNT_ID}:user/daypass-issuer"
    assert register["scopes"]["daypass-issuer"] == scopes(read_template("issuer.yaml"), values)
    users = [(entry["boundary"], entry["resources"]) for entry in register["scopes"]["daypass-revoker"]]
    session = f"arn:aws:iam::{ACCOUNT_ID}:user/alice-mfa"
    maximum = f"arn:aws:iam::{ACCOUNT_ID}:policy/alice-mfa-maximum"
    assert users == [(BOUNDARY, [values["IssuerArn"]]), (maximum, [session])]


def test_a_session_user_reads_with_a_session_alone_and_without_a_code_does_nothing_else() -> None:
    found = by_sid(statements(read_template("session.yaml")))
    for sid in ("ReadWithASession", "ListWithASession"):
        assert found[sid]["Condition"] == {"Null": {"aws:TokenIssueTime": "false"}}
    assert found["NothingWithoutMfa"]["NotAction"] == "sts:GetSessionToken"
    assert found["NothingWithoutMfa"]["Condition"] == {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    user = read_template("session.yaml")["Resources"]["User"]["Properties"]
    assert user["PermissionsBoundary"] == {"Ref": "Maximum"}


def test_the_session_users_template_deploys_unchanged_with_its_demand_for_a_code(aws: RunningAws) -> None:
    lists = {"BucketArns": "arn:aws:s3:::a", "ObjectArns": "arn:aws:s3:::a/*"}
    values = {"UserName": "with-code", "RevokerName": "daypass-revoker", **lists}
    made = deploy(aws.endpoint_url, name="with-code", template=read_template("session.yaml"), parameters=values)
    held = root(aws, "iam").list_attached_user_policies(UserName="with-code")["AttachedPolicies"]
    assert {policy["PolicyName"] for policy in held} == {"with-code-maximum", "with-code-mfa-only"}
    assert made["UserArn"].endswith(":user/with-code")


def test_an_expression_that_is_neither_text_nor_a_reference_is_refused() -> None:
    assert resolve({"Fn::Sub": "a-${B}"}, {"B": "b"}) == "a-b"
    with pytest.raises(TypeError):
        resolve(["a"], {})


def test_a_template_that_does_not_deploy_says_so(aws: RunningAws) -> None:
    root(aws, "iam").create_user(UserName="taken")
    template = {"Resources": {"User": {"Type": "AWS::IAM::User", "Properties": {"UserName": "taken"}}}}
    with pytest.raises(StackError, match="broken"):
        deploy(aws.endpoint_url, name="broken", template=template, parameters={})
