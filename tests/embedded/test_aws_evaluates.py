"""What Daypass says a policy allows is what the stand-in, which enforces it, allows."""

from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from grants.policy.evaluate import Request, evaluate, s3_request
from portal.embedded.aws import RunningAws
from tests.embedded.aws_people import AwsClient, issuer, session
from tests.policy.policies import allow, deny, policy

pytest_plugins = ["tests.embedded.aws_fixtures"]
DROP, SHARED = "arn:aws:s3:::acme-drop", "arn:aws:s3:::shared-data"
OUT, PARTNERS = f"{DROP}/out/*", f"{SHARED}/partners/*"
HERE: Final[dict[str, Any]] = {"source_ip": "127.0.0.1", "is_secure": False}

READ, READ_IN = (
    s3_request("s3:GetObject", "acme-drop", "out/report.csv", **HERE),
    s3_request("s3:GetObject", "acme-drop", "in/readme.txt", **HERE),
)
LIST, LIST_IN = (s3_request("s3:ListBucket", "acme-drop", prefix=prefix, **HERE) for prefix in ("out/", "in/"))
WRITE = s3_request("s3:PutObject", "acme-drop", "in/new.txt", **HERE)
OURS, THEIRS = (
    s3_request("s3:GetObject", "shared-data", f"partners/{name}/orders.csv", tags={"Partner": name}, **HERE)
    for name in ("northwind", "contoso")
)
REQUESTS: Final = (READ, READ_IN, LIST, LIST_IN, WRITE, OURS, THEIRS)


def bound(operator: str, key: str, value: object) -> dict[str, Any]:
    return allow("s3:*", "*", {operator: {key: value}})


EVERYTHING: Final = allow("s3:*", "*")
POLICIES: Final = [
    policy(EVERYTHING),  # what the issuer may do is all that is left
    policy(allow("s3:GetObject", OUT)),
    policy(allow("s3:getobject", OUT)),  # actions without regard to case
    policy(allow("s3:GetObject", OUT.upper())),  # resources with
    policy(allow(["s3:Get*", "s3:List*"], [DROP, f"{DROP}/*"])),
    policy(allow("s3:GetObjec?", f"{DROP}/???/report.csv")),
    policy(allow("s3:GetObject", f"{DROP}*")),  # a star runs over slashes
    policy(allow("s3:ListBucket", DROP, {"StringLike": {"s3:prefix": "out/*"}})),
    policy(allow("s3:ListBucket", DROP, {"StringEquals": {"s3:prefix": "out/*"}})),  # no wildcard there
    policy(allow("s3:ListBucket", DROP, {"StringEquals": {"S3:Prefix": ["in/", "x"]}})),
    policy(allow("s3:ListBucket", DROP, {"StringNotEquals": {"s3:prefix": ["in/"]}})),
    policy(EVERYTHING, deny("s3:GetObject", OUT)),
    policy(deny("s3:*", f"{SHARED}/*"), EVERYTHING),
    policy(EVERYTHING, {"Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "*"}),
    policy(EVERYTHING, {"Effect": "Deny", "Action": "s3:*", "NotResource": [OUT, DROP]}),
    policy(allow("s3:GetObject", PARTNERS, {"StringEquals": {"s3:ExistingObjectTag/Partner": "northwind"}})),
    policy(allow("s3:GetObject", PARTNERS, {"StringNotEquals": {"s3:ExistingObjectTag/Partner": "northwind"}})),
    policy(allow("s3:GetObject", PARTNERS, {"StringLike": {"s3:ExistingObjectTag/Partner": "?o*"}})),
    policy(bound("IpAddress", "aws:SourceIp", "127.0.0.0/8")),
    policy(bound("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "198.51.100.7"])),
    policy(bound("NotIpAddress", "aws:SourceIp", "127.0.0.1")),
    policy(bound("Bool", "aws:SecureTransport", "false")),
    policy(EVERYTHING, deny("*", "*", {"Bool": {"aws:SecureTransport": "true"}})),
    policy(bound("Null", "s3:prefix", "true")),
    policy(bound("Null", "s3:prefix", "false")),
    policy(bound("StringEqualsIfExists", "s3:prefix", "out/")),
    policy(bound("StringEqualsIgnoreCase", "s3:prefix", "OUT/")),
    policy(bound("StringNotLike", "s3:prefix", "o*")),
    policy(bound("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z")),
    policy(bound("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z")),
    policy(
        allow("s3:ListBucket", DROP, {"StringLike": {"s3:prefix": "o*"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    ),
]


def is_let(client: AwsClient, request: Request) -> bool:
    """Whether the stand-in answers with anything but AccessDenied."""
    bucket, _, key = request.resource.removeprefix("arn:aws:s3:::").partition("/")
    try:
        if request.action == "s3:ListBucket":
            client.list_objects_v2(Bucket=bucket, Prefix=request.context["s3:prefix"][0])
        elif request.action == "s3:PutObject":
            client.put_object(Bucket=bucket, Key=key, Body=b"x")
        else:
            client.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


@pytest.mark.parametrize("text", POLICIES)
def test_every_request_is_decided_alike(aws: RunningAws, text: str) -> None:
    minted = issuer(aws).get_federation_token(Name="dp-ALIKE00001-1", Policy=text)
    client = session(aws, minted)
    now = {"aws:CurrentTime": ("2026-06-01T00:00:00Z",)}
    for request in REQUESTS:
        asked = Request(request.action, request.resource, {**request.context, **now})
        assert evaluate([text], asked).is_allowed == is_let(client, request), request
