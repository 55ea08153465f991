"""Temporary credentials as people use them, one scenario a test: what is sent, what works, what is rightly refused."""

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from grants.errors import FieldError, StsError
from grants.gateways import sts_errors
from grants.gateways.sts import get_federation_token, get_session_token
from grants.values import FederationRequest, Minted, NearExpiry, SessionRequest
from tests.embedded.aws_people import refusal, root
from tests.gateways.scenario_user import ISSUER, Scenario

pytest_plugins = ["tests.embedded.aws_fixtures", "tests.gateways.scenario_fixtures"]
DENIED = (403, "AccessDenied")
ALICE = "arn:aws:iam::111122223333:mfa/alice"


def policy(actions: list[str], resources: list[str], **parts: object) -> str:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources, **parts}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def session_token(seconds: int, serial: str = "", code: str = "") -> Minted:
    return get_session_token(issuer=ISSUER, request=SessionRequest(seconds, serial, code))


def federation_token(name: str, seconds: int, **parts: Any) -> Minted:
    request = FederationRequest(
        name, parts.get("policy", ""), parts.get("policy_arns", ()), parts.get("tags", ()), seconds
    )
    return get_federation_token(issuer=ISSUER, request=request)


def lasts(minted: Minted, hours: float) -> bool:
    left = minted.credentials.expiration - datetime.now(tz=UTC)
    return abs(left - timedelta(hours=hours)) < timedelta(minutes=1)


def external_user(name: str, actions: list[str], resources: list[str], hours: int = 1) -> Minted:
    created_at = datetime.now(tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    tags = (("UserType", "External"), ("CreatedAt", created_at))
    return federation_token(name, hours * 3_600, policy=policy(actions, resources), tags=tags)


# --- session tokens ---------------------------------------------------------------------


def test_a_basic_session_token_for_an_hour_has_the_users_own_rights(scenario: Scenario) -> None:
    minted = session_token(3_600)
    assert lasts(minted, 1)
    assert scenario.sent("GetSessionToken") == [{"DurationSeconds": "3600"}]
    assert scenario.s3(minted).get_object(Bucket="my-bucket", Key="plan.csv")


def test_a_session_token_with_an_mfa_code_for_two_hours(scenario: Scenario) -> None:
    minted = session_token(7_200, ALICE, scenario.give_device(ALICE))
    assert lasts(minted, 2)
    assert scenario.sent("GetSessionToken") == [
        {"DurationSeconds": "7200", "SerialNumber": ALICE}
    ]  # the code is not kept
    assert scenario.s3(minted).get_object(Bucket="my-bucket", Key="plan.csv")


def test_a_long_session_token_of_36_hours_with_a_serial_of_twelve_digits(scenario: Scenario) -> None:
    minted = session_token(129_600, "123456789012", scenario.give_device("123456789012"))
    assert lasts(minted, 36)
    (sent,) = scenario.sent("GetSessionToken")
    assert sent == {"DurationSeconds": "129600", "SerialNumber": "123456789012"}


def test_an_mfa_session_that_succeeds_tells_its_credentials_and_when_they_expire(scenario: Scenario) -> None:
    serial = "arn:aws:iam::111122223333:mfa/user"
    minted = session_token(7_200, serial, scenario.give_device(serial))
    assert minted.credentials.access_key_id.startswith("ASIA")
    assert minted.credentials.secret_access_key
    assert minted.credentials.session_token
    assert minted.credentials.expiration.tzinfo is UTC


def test_an_mfa_session_that_fails_tells_why_and_gives_nothing(scenario: Scenario) -> None:
    serial = "arn:aws:iam::111122223333:mfa/late"
    right = scenario.give_device(serial)
    wrong = "000000" if right != "000000" else "111111"
    with pytest.raises(sts_errors.MfaRefusedError) as refused:
        session_token(7_200, serial, wrong)
    assert refused.value.sentence == "AWS did not accept the MFA code."
    assert not refused.value.may_have_minted
    assert len(scenario.sent("GetSessionToken")) == 1


def test_an_mfa_code_works_once(scenario: Scenario) -> None:
    serial = "arn:aws:iam::111122223333:mfa/once"
    code = scenario.give_device(serial)
    assert session_token(900, serial, code).credentials.access_key_id
    with pytest.raises(sts_errors.MfaRefusedError):
        session_token(900, serial, code)


def test_somebody_elses_device_is_refused(scenario: Scenario) -> None:
    with pytest.raises(sts_errors.MfaRefusedError):
        session_token(900, scenario.aws.seeded.mfa_serial, "123456")


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "123 456", "", "١٢٣٤٥٦"])
def test_a_code_that_is_not_six_digits_never_leaves(scenario: Scenario, code: str) -> None:
    with pytest.raises(FieldError):
        session_token(3_600, ALICE, code)
    assert scenario.sent("GetSessionToken") == []


@pytest.mark.parametrize("seconds", [899, 129_601])
def test_fifteen_minutes_to_36_hours_and_not_a_second_more(scenario: Scenario, seconds: int) -> None:
    with pytest.raises(FieldError):
        session_token(seconds)
    with pytest.raises(FieldError):
        federation_token("TempUser", seconds, policy=policy(["s3:GetObject"], ["arn:aws:s3:::my-bucket/*"]))
    assert scenario.sent("") == []


def test_credentials_near_their_end_are_told_from_those_that_are_not(scenario: Scenario) -> None:
    assert scenario.since >= 0
    short, long, now = session_token(900).credentials, session_token(7_200).credentials, datetime.now(tz=UTC)
    assert not short.is_near_expiry(now)
    assert short.is_near_expiry(now, timedelta(minutes=15))
    assert not long.is_near_expiry(now, timedelta(minutes=10))
    assert NearExpiry(timedelta(minutes=10)).covers(long.expiration, now + timedelta(minutes=111))
    assert NearExpiry().covers(None, now)


# --- federation tokens ------------------------------------------------------------------


def test_a_basic_federation_token_with_an_inline_policy_for_two_hours(scenario: Scenario) -> None:
    document = policy(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::my-bucket/*"])
    minted = federation_token("TempUser", 7_200, policy=document)
    assert lasts(minted, 2)
    assert minted.federated_user_arn == "arn:aws:sts::111122223333:federated-user/TempUser"
    assert scenario.sent("GetFederationToken") == [{"Name": "TempUser", "Policy": document, "DurationSeconds": "7200"}]
    s3 = scenario.s3(minted)
    assert s3.get_object(Bucket="my-bucket", Key="plan.csv")
    s3.put_object(Bucket="my-bucket", Key="new.csv", Body=b"1")
    assert refusal(s3.delete_object, Bucket="my-bucket", Key="new.csv") == DENIED
    assert refusal(s3.get_object, Bucket="project-bucket", Key="plan.csv") == DENIED


def test_a_federation_token_with_managed_policies_and_tags_for_four_hours(scenario: Scenario) -> None:
    document = policy(["s3:ListBucket"], ["arn:aws:s3:::data-pipeline"])
    iam = root(scenario.aws, "iam")
    custom = iam.create_policy(PolicyName="CustomAnalyticsPolicy", PolicyDocument=document)["Policy"]["Arn"]
    arns = ("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", custom)
    tags = (("Department", "Analytics"), ("Project", "DataPipeline"), ("Temporary", "true"))
    minted = federation_token("DataAnalyst", 14_400, policy_arns=arns, tags=tags)
    assert lasts(minted, 4)
    (sent,) = scenario.sent("GetFederationToken")
    assert [sent[f"PolicyArns.member.{n}.arn"] for n in (1, 2)] == list(arns)
    assert [(sent[f"Tags.member.{n}.Key"], sent[f"Tags.member.{n}.Value"]) for n in (1, 2, 3)] == list(tags)
    s3 = scenario.s3(minted)
    assert s3.get_object(Bucket="data-pipeline", Key="plan.csv")
    assert refusal(s3.put_object, Bucket="data-pipeline", Key="new.csv", Body=b"1") == DENIED


def test_a_token_for_an_external_user_lasts_an_hour_unless_said_otherwise(scenario: Scenario) -> None:
    minted = external_user("external-user", ["s3:GetObject"], ["arn:aws:s3:::my-bucket/*"])
    assert lasts(minted, 1)
    (sent,) = scenario.sent("GetFederationToken")
    assert (sent["Tags.member.1.Key"], sent["Tags.member.1.Value"]) == ("UserType", "External")
    assert sent["Tags.member.2.Key"] == "CreatedAt"
    assert sent["Tags.member.2.Value"].endswith("Z")


def test_a_contractor_works_in_the_project_bucket_for_eight_hours(scenario: Scenario) -> None:
    resources = ["arn:aws:s3:::project-bucket", "arn:aws:s3:::project-bucket/*"]
    minted = external_user("Contractor-John", ["s3:ListBucket", "s3:GetObject", "s3:PutObject"], resources, hours=8)
    assert lasts(minted, 8)
    assert minted.federated_user_arn.endswith(":federated-user/Contractor-John")
    assert minted.packed_policy_size
    assert 0 < minted.packed_policy_size <= 100
    assert scenario.s3(minted).list_objects_v2(Bucket="project-bucket")["KeyCount"] > 0


def test_temporary_access_to_a_project_bucket_carries_its_tags(scenario: Scenario) -> None:
    resources = ["arn:aws:s3:::project-bucket", "arn:aws:s3:::project-bucket/*"]
    document = policy(["s3:GetObject", "s3:PutObject", "s3:ListBucket"], resources)
    tags = (("UserType", "Contractor"), ("Project", "project-bucket"))
    minted = federation_token("Contractor-Jane", 28_800, policy=document, tags=tags)
    assert lasts(minted, 8)
    (sent,) = scenario.sent("GetFederationToken")
    assert (sent["Policy"], sent["DurationSeconds"]) == (document, "28800")
    assert [(sent[f"Tags.member.{n}.Key"], sent[f"Tags.member.{n}.Value"]) for n in (1, 2)] == list(tags)
    s3 = scenario.s3(minted)
    s3.put_object(Bucket="project-bucket", Key="delivery.csv", Body=b"1")
    assert s3.get_object(Bucket="project-bucket", Key="delivery.csv")
    assert refusal(s3.get_object, Bucket="my-bucket", Key="plan.csv") == DENIED


def test_a_partner_reads_only_the_shared_data_that_is_tagged_with_its_name(scenario: Scenario) -> None:
    condition = {"StringEquals": {"s3:ExistingObjectTag/Partner": "northwind"}}
    document = policy(["s3:GetObject"], ["arn:aws:s3:::shared-data/partners/*"], Condition=condition)
    minted = federation_token("Partner-northwind", 3_600, policy=document)
    assert lasts(minted, 1)
    s3 = scenario.s3(minted)
    assert s3.get_object(Bucket="shared-data", Key="partners/northwind/orders.csv")
    assert refusal(s3.get_object, Bucket="shared-data", Key="partners/contoso/orders.csv") == DENIED  # another's tag
    assert refusal(s3.get_object, Bucket="shared-data", Key="internal/margins.csv") == DENIED  # another path


# --- what AWS refuses -------------------------------------------------------------------


def refused(name: str, seconds: int, **parts: Any) -> StsError:
    with pytest.raises(StsError) as raised:
        federation_token(name, seconds, **parts)
    return raised.value


def test_a_policy_that_aws_does_not_understand_is_malformed(scenario: Scenario) -> None:
    without_resource = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject"}]}'
    error = refused("TempUser", 3_600, policy=without_resource)
    assert type(error) is sts_errors.PolicyMalformedError
    assert len(scenario.sent("GetFederationToken")) == 1


def test_a_policy_with_tags_that_pack_too_large_is_too_large(scenario: Scenario) -> None:
    tags = tuple((secrets.token_hex(60), secrets.token_hex(120)) for _ in range(50))
    document = policy(["s3:GetObject"], ["arn:aws:s3:::my-bucket/*"])
    assert type(refused("TempUser", 3_600, policy=document, tags=tags)) is sts_errors.PolicyTooLargeError
    assert len(scenario.sent("GetFederationToken")) == 1


def test_a_region_that_is_not_activated_is_named_for_both_operations(scenario: Scenario) -> None:
    scenario.aws.control.add_fault("region_disabled", times=2)
    document = policy(["s3:GetObject"], ["arn:aws:s3:::my-bucket/*"])
    assert type(refused("TempUser", 3_600, policy=document)) is sts_errors.RegionDisabledError
    with pytest.raises(sts_errors.RegionDisabledError):
        session_token(3_600)


READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
UNSENT: list[tuple[str, dict[str, Any]]] = [
    ("policy", {"policy": policy(["s3:GetObject"], ["arn:aws:s3:::my-bucket/*"]).ljust(2_049)}),  # white space counts
    ("policy_arns", {"policy_arns": (READ_ONLY,) * 11}),  # ten at most
    (
        "tags",
        {"policy_arns": (READ_ONLY,), "tags": (("Project", "a"), ("project", "b"))},
    ),
    (
        "tags",
        {
            "policy_arns": (READ_ONLY,),
            "tags": tuple((f"k{n}", "") for n in range(51)),
        },
    ),
]


@pytest.mark.parametrize(("field", "parts"), UNSENT)
def test_what_aws_would_refuse_is_refused_at_its_field_and_never_sent(
    scenario: Scenario, field: str, parts: dict[str, Any]
) -> None:
    with pytest.raises(FieldError) as raised:
        federation_token("TempUser", 3_600, **parts)
    assert raised.value.field == field
    assert scenario.sent("") == []


def test_a_name_with_an_accent_is_refused_and_never_sent(scenario: Scenario) -> None:
    with pytest.raises(FieldError):
        federation_token("Contractor-José", 3_600, policy=policy(["s3:GetObject"], ["arn:aws:s3:::my-bucket/*"]))
    assert scenario.sent("") == []
