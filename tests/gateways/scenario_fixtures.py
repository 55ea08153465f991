"""The user of the scenarios, seeded; a test module names this file in pytest_plugins."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from grants.gateways.aws import forget_clients
from portal.embedded.aws import RunningAws
from tests.embedded.aws_people import root
from tests.gateways.scenario_user import USER, Scenario

WIDE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:*", "sts:*"], "Resource": "*"}],
}
BUCKETS = ("my-bucket", "project-bucket", "data-pipeline")


@pytest.fixture(scope="session")
def scenario_keys(started_aws: RunningAws, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user, its policy, its key in a file, and the buckets with one object each."""
    iam, s3 = root(started_aws, "iam"), root(started_aws, "s3")
    iam.create_user(UserName=USER)
    iam.put_user_policy(UserName=USER, PolicyName="wide", PolicyDocument=json.dumps(WIDE))
    key = iam.create_access_key(UserName=USER)["AccessKey"]
    place = tmp_path_factory.mktemp("scenarios") / "credentials"
    place.write_text(
        f"[{USER}]\naws_access_key_id={key['AccessKeyId']}\naws_secret_access_key={key['SecretAccessKey']}\n"
    )
    for bucket in BUCKETS:
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="plan.csv", Body=b"week,hours\n")
    return place


@pytest.fixture
def scenario(aws: RunningAws, scenario_keys: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scenario]:
    """The gateways find AWS and the user's keys; what is sent from here on is on record."""
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(scenario_keys))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(scenario_keys.with_name("none")))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", aws.endpoint_url)
    forget_clients()
    yield Scenario(aws, aws.control.last_sequence())
    forget_clients()
