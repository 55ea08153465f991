"""Who calls AWS in the tests, and with which keys."""

import configparser
import json
from collections.abc import Callable
from typing import Any, TypeAlias

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from portal.embedded.aws import RunningAws

AwsClient: TypeAlias = Any  # botocore makes its clients at run time
Parameter: TypeAlias = Any
MAKE_CLIENT: Callable[..., AwsClient] = boto3.client  # typed for literal service names only
ONCE = Config(retries={"total_max_attempts": 1}, parameter_validation=False, read_timeout=3)
READ_OUT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-drop/out/*"},
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": "arn:aws:s3:::acme-drop",
                "Condition": {"StringLike": {"s3:prefix": "out/*"}},
            },
        ],
    }
)


def client(aws: RunningAws, service: str, keys: dict[str, str]) -> AwsClient:
    return MAKE_CLIENT(service, endpoint_url=aws.endpoint_url, region_name="us-east-1", config=ONCE, **keys)


def with_profile(aws: RunningAws, service: str, profile: str) -> AwsClient:
    parser = configparser.RawConfigParser()
    parser.read([aws.issuer_credentials_file, aws.revoker_credentials_file])
    return client(aws, service, dict(parser[profile]))


def issuer(aws: RunningAws, service: str = "sts") -> AwsClient:
    return with_profile(aws, service, "daypass-issuer")


def revoker(aws: RunningAws) -> AwsClient:
    return with_profile(aws, "iam", "daypass-revoker")


def root(aws: RunningAws, service: str) -> AwsClient:
    return client(aws, service, {"aws_access_key_id": "test", "aws_secret_access_key": "test"})


def session(aws: RunningAws, minted: dict[str, Any], service: str = "s3") -> AwsClient:
    given = minted["Credentials"]
    return client(
        aws,
        service,
        {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        },
    )


def federated(aws: RunningAws, name: str, **parameters: Parameter) -> AwsClient:
    return session(aws, issuer(aws).get_federation_token(Name=name, Policy=READ_OUT, **parameters))


def refusal(call: Callable[..., object], **parameters: Parameter) -> tuple[int, str]:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    answer: Any = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def deny(*names: str) -> str:
    userids = [f"111122223333:{name}" for name in names]
    statement = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:userid": userids}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
