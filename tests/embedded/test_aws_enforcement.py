"""Whoever holds which keys can read what: the stand-in enforces what deploy/iam says."""

from portal.embedded.aws import RunningAws
from tests.embedded.aws_people import READ_OUT, federated, issuer, refusal, session, with_profile

pytest_plugins = ["tests.embedded.aws_fixtures"]
REPORT = {"Bucket": "acme-drop", "Key": "out/report.csv"}
DENIED = (403, "AccessDenied")


def test_raw_issuer_keys_read_nothing(aws: RunningAws) -> None:
    raw = issuer(aws, "s3")
    assert refusal(raw.get_object, **REPORT) == DENIED
    assert refusal(raw.list_objects_v2, Bucket="acme-drop") == DENIED
    assert refusal(raw.list_buckets) == DENIED


def test_a_session_token_of_the_issuer_reads_nothing(aws: RunningAws) -> None:
    temporary = session(aws, issuer(aws).get_session_token())
    assert refusal(temporary.get_object, **REPORT) == DENIED
    assert refusal(temporary.list_objects_v2, Bucket="acme-drop") == DENIED


def test_a_federated_session_reads_inside_its_prefix(aws: RunningAws) -> None:
    carol = federated(aws, "dp-READ000001-1")
    assert carol.get_object(**REPORT)["Body"].read().startswith(b"quarter,units")
    listed = carol.list_objects_v2(Bucket="acme-drop", Prefix="out/")
    assert [item["Key"] for item in listed["Contents"]] == ["out/invoice-0412.txt", "out/report.csv"]


def test_a_federated_session_is_refused_outside_its_prefix(aws: RunningAws) -> None:
    carol = federated(aws, "dp-READ000002-1")
    assert refusal(carol.get_object, Bucket="acme-drop", Key="in/readme.txt") == DENIED
    assert refusal(carol.get_object, Bucket="acme-drop", Key="private/payroll.csv") == DENIED
    assert refusal(carol.list_objects_v2, Bucket="acme-drop") == DENIED
    assert refusal(carol.get_object, Bucket="shared-data", Key="partners/contoso/orders.csv") == DENIED


def test_a_federated_session_is_refused_actions_it_was_not_granted(aws: RunningAws) -> None:
    carol = federated(aws, "dp-READ000003-1")
    assert refusal(carol.put_object, Bucket="acme-drop", Key="out/new.txt", Body=b"x") == DENIED
    assert refusal(carol.delete_object, **REPORT) == DENIED


def test_a_session_policy_cannot_reach_beyond_the_maximum(aws: RunningAws) -> None:
    everything = READ_OUT.replace("acme-drop/out/*", "*").replace("s3:GetObject", "s3:*")
    minted = issuer(aws).get_federation_token(Name="dp-WIDE000001-1", Policy=everything)
    carol = session(aws, minted)
    assert carol.get_object(**REPORT)
    assert refusal(carol.get_object, Bucket="acme-drop", Key="private/payroll.csv") == DENIED
    assert refusal(carol.put_bucket_policy, Bucket="acme-drop", Policy="{}") == DENIED


def test_a_session_without_a_policy_reads_nothing(aws: RunningAws) -> None:
    carol = session(aws, issuer(aws).get_federation_token(Name="dp-NONE000001-1"))
    assert refusal(carol.get_object, **REPORT) == DENIED


def test_a_dry_run_session_reads_nothing(aws: RunningAws) -> None:
    assert refusal(federated(aws, "dry-READ00001-1").get_object, **REPORT) == DENIED


def test_the_issuer_cannot_write_policies(aws: RunningAws) -> None:
    iam = issuer(aws, "iam")
    everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    put = {"UserName": "daypass-issuer", "PolicyName": "mine", "PolicyDocument": everything}
    assert refusal(iam.put_user_policy, **put) == DENIED
    assert refusal(iam.delete_user_policy, UserName="daypass-issuer", PolicyName="daypass-deny") == DENIED
    assert refusal(iam.delete_user_permissions_boundary, UserName="daypass-issuer") == DENIED
    assert refusal(iam.create_access_key, UserName="daypass-issuer") == DENIED


def test_a_federated_session_cannot_call_sts_for_more(aws: RunningAws) -> None:
    carol = session(aws, issuer(aws).get_federation_token(Name="dp-MORE000001-1", Policy=READ_OUT), "sts")
    assert refusal(carol.get_federation_token, Name="dp-MORE000002-1") == DENIED
    assert refusal(carol.get_session_token) == DENIED
    assert carol.get_caller_identity()["UserId"] == "111122223333:dp-MORE000001-1"


def test_the_issuer_mints_only_daypass_names(aws: RunningAws) -> None:
    assert refusal(issuer(aws).get_federation_token, Name="admin", Policy=READ_OUT) == DENIED
    assert refusal(with_profile(aws, "sts", "daypass-revoker").get_federation_token, Name="dp-X-1") == DENIED


def test_tags_of_a_partner_open_that_partners_objects_only(aws: RunningAws) -> None:
    policy = READ_OUT.replace("acme-drop/out/*", "shared-data/partners/*").replace(
        '"Action": "s3:GetObject"',
        '"Condition": {"StringEquals": {"s3:ExistingObjectTag/Partner": "northwind"}}, "Action": "s3:GetObject"',
    )
    carol = session(aws, issuer(aws).get_federation_token(Name="dp-TAGS000001-1", Policy=policy))
    assert carol.get_object(Bucket="shared-data", Key="partners/northwind/orders.csv")
    assert refusal(carol.get_object, Bucket="shared-data", Key="partners/contoso/orders.csv") == DENIED
