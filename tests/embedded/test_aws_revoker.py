"""The revoker's Deny ends a session; the quota and the boundary hold."""

import json
from collections.abc import Iterator

import pytest

from grants.policy.deny import deny_document
from portal.embedded.aws import RunningAws
from tests.embedded.aws_people import READ_OUT, AwsClient, deny, federated, issuer, refusal, revoker, root, session

pytest_plugins = ["tests.embedded.aws_fixtures"]
REPORT = {"Bucket": "acme-drop", "Key": "out/report.csv"}
DENIED = (403, "AccessDenied")
POLICY = {"UserName": "daypass-issuer", "PolicyName": "daypass-deny"}


@pytest.fixture
def iam(aws: RunningAws) -> Iterator[AwsClient]:
    yield revoker(aws)
    root(aws, "iam").delete_user_policy(**POLICY)


def test_a_denied_name_stops_reading_and_another_goes_on(aws: RunningAws, iam: AwsClient) -> None:
    carol, dave = federated(aws, "dp-DENY000001-1"), federated(aws, "dp-DENY000002-1")
    assert carol.get_object(**REPORT)
    iam.put_user_policy(**POLICY, PolicyDocument=deny("dp-DENY000001-1"))
    assert refusal(carol.get_object, **REPORT) == DENIED
    assert dave.get_object(**REPORT)


def test_what_was_written_can_be_read_back(iam: AwsClient) -> None:
    iam.put_user_policy(**POLICY, PolicyDocument=deny("dp-DENY000003-1"))
    assert iam.get_user_policy(**POLICY)["PolicyDocument"] == json.loads(deny("dp-DENY000003-1"))


def test_a_whole_vendor_is_denied_by_its_session_tag(aws: RunningAws, iam: AwsClient) -> None:
    carol = federated(aws, "dp-DENY000004-1", Tags=[{"Key": "daypass:vendor", "Value": "northwind"}])
    dave = federated(aws, "dp-DENY000005-1", Tags=[{"Key": "daypass:vendor", "Value": "contoso"}])
    by_tag = deny("x").replace('"aws:userid": ["111122223333:x"]', '"aws:PrincipalTag/daypass:vendor": "northwind"')
    iam.put_user_policy(**POLICY, PolicyDocument=by_tag)
    assert refusal(carol.get_object, **REPORT) == DENIED
    assert dave.get_object(**REPORT)


def test_an_allow_written_by_the_revoker_has_no_effect_beyond_the_boundary(aws: RunningAws, iam: AwsClient) -> None:
    everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    iam.put_user_policy(**POLICY, PolicyDocument=everything)
    assert refusal(issuer(aws, "s3").get_object, **REPORT) == DENIED
    assert refusal(issuer(aws, "iam").create_access_key, UserName="daypass-issuer") == DENIED
    wide = READ_OUT.replace("acme-drop/out/*", "*")
    carol = session(aws, issuer(aws).get_federation_token(Name="dp-DENY000006-1", Policy=wide))
    assert refusal(carol.get_object, Bucket="acme-drop", Key="private/payroll.csv") == DENIED


def test_the_revoker_writes_to_issuers_only(iam: AwsClient) -> None:
    assert refusal(iam.put_user_policy, **POLICY | {"UserName": "daypass-revoker"}, PolicyDocument=deny("x")) == DENIED
    assert refusal(iam.put_user_policy, **POLICY | {"UserName": "daypass-caller"}, PolicyDocument=deny("x")) == DENIED
    assert refusal(iam.create_access_key, UserName="daypass-issuer") == DENIED
    iam.put_user_policy(**POLICY, PolicyDocument=deny("x"))


def test_without_the_boundary_the_revoker_cannot_write(aws: RunningAws, iam: AwsClient) -> None:
    admin = root(aws, "iam")
    boundary = admin.get_user(UserName="daypass-issuer")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    iam.put_user_policy(**POLICY, PolicyDocument=deny("x"))
    admin.delete_user_permissions_boundary(UserName="daypass-issuer")
    try:
        assert refusal(iam.put_user_policy, **POLICY, PolicyDocument=deny("y")) == DENIED
        assert refusal(iam.delete_user_policy, **POLICY) == DENIED
    finally:
        admin.put_user_permissions_boundary(UserName="daypass-issuer", PermissionsBoundary=boundary)


def test_inline_policies_share_2048_characters_without_white_space(iam: AwsClient) -> None:
    names = [f"dp-{number:010}-1" for number in range(80)]
    fits = next(count for count in range(80, 0, -1) if len("".join(deny(*names[:count]).split())) <= 2048)
    document = deny(*names[:fits])
    iam.put_user_policy(**POLICY, PolicyDocument=document.replace(" ", "  "))
    assert refusal(iam.put_user_policy, **POLICY, PolicyDocument=deny(*names[: fits + 1])) == (409, "LimitExceeded")
    other = {"UserName": "daypass-issuer", "PolicyName": "other", "PolicyDocument": deny("x")}
    assert refusal(iam.put_user_policy, **other) == (409, "LimitExceeded")


def test_a_malformed_deny_is_refused(iam: AwsClient) -> None:
    assert refusal(iam.put_user_policy, **POLICY, PolicyDocument="{") == (400, "MalformedPolicyDocument")
    iam.put_user_policy(**POLICY, PolicyDocument=deny("x"))


DENY_POLICY = {"PolicyArn": "arn:aws:iam::111122223333:policy/daypass-issuer-deny"}


def test_a_managed_policy_holds_6144_characters_without_white_space(iam: AwsClient) -> None:
    names = [f"dp-{number:010}-1" for number in range(250)]
    fits = next(count for count in range(250, 0, -1) if len("".join(deny(*names[:count]).split())) <= 6144)
    too_much = {**DENY_POLICY, "PolicyDocument": deny(*names[: fits + 1]), "SetAsDefault": True}
    assert refusal(iam.create_policy_version, **too_much) == (409, "LimitExceeded")
    version = iam.create_policy_version(**too_much | {"PolicyDocument": deny(*names[:fits]), "SetAsDefault": False})
    iam.delete_policy_version(**DENY_POLICY, VersionId=version["PolicyVersion"]["VersionId"])
    iam.put_user_policy(**POLICY, PolicyDocument=deny("x"))


def test_the_revoker_writes_that_managed_policy_and_no_other(aws: RunningAws, iam: AwsClient) -> None:
    assert iam.get_policy(**DENY_POLICY)["Policy"]["AttachmentCount"] == 1
    other = {"PolicyArn": "arn:aws:iam::111122223333:policy/daypass-issuer-maximum"}
    everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    version = {"PolicyDocument": everything, "SetAsDefault": True}
    assert refusal(iam.create_policy_version, **other, **version) == DENIED
    assert refusal(iam.attach_user_policy, UserName="daypass-issuer", **other) == DENIED
    assert refusal(iam.detach_user_policy, UserName="daypass-issuer", **DENY_POLICY) == DENIED
    assert refusal(iam.create_policy, PolicyName="mine", PolicyDocument=everything) == DENIED
    iam.put_user_policy(**POLICY, PolicyDocument=deny("x"))
    assert aws.endpoint_url


def test_an_allow_in_the_managed_policy_has_no_effect_beyond_the_boundary(aws: RunningAws, iam: AwsClient) -> None:
    everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    iam.create_policy_version(**DENY_POLICY, PolicyDocument=everything, SetAsDefault=True)
    try:
        assert refusal(issuer(aws, "s3").get_object, **REPORT) == DENIED
        assert refusal(issuer(aws, "iam").create_access_key, UserName="daypass-issuer") == DENIED
    finally:
        iam.create_policy_version(**DENY_POLICY, PolicyDocument=deny_document(()), SetAsDefault=True)
    iam.put_user_policy(**POLICY, PolicyDocument=deny("x"))
