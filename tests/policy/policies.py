"""Policies good, bad and subtle, with exactly the findings each must give."""

import json
from typing import Any, Final

from grants.policy.findings import Context

CONTEXT: Final = Context(partition="aws", account_id="111122223333")
BUCKET, FOLDER = "arn:aws:s3:::acme-drop", "arn:aws:s3:::acme-drop/in/*"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/0f8fad5b-d9cb-469f-a165-70867728950e"
IN: Final = {"StringLike": {"s3:prefix": "in/*"}}
CALLED: Final = {"aws:CalledVia": ["athena.amazonaws.com"]}
NORTHWIND: Final = {"StringEquals": {"s3:ExistingObjectTag/Partner": "northwind"}}


def policy(*statements: object, **parts: object) -> str:
    """A whole policy of these statements; ``parts`` replace what stands beside them."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **parts})


def allow(action: object, resource: object = FOLDER, condition: object = None, **parts: object) -> dict[str, Any]:
    """One statement."""
    bound = {} if condition is None else {"Condition": condition}
    return {"Effect": "Allow", "Action": action, "Resource": resource, **bound, **parts}


def deny(action: object, resource: object = "*", condition: object = None, **parts: object) -> dict[str, Any]:
    """The opposite."""
    return allow(action, resource, condition, **parts) | {"Effect": "Deny"}


def when(operator: str, key: str, value: object) -> str:
    """Reading files in the folder, on one condition."""
    return policy(allow("s3:GetObject", FOLDER, {operator: {key: value}}))


def bare(**statement: object) -> str:
    """One statement as given."""
    return policy(statement)


READ: Final = allow("s3:GetObject")
LISTING: Final = allow("s3:ListBucket", BUCKET, IN)
GOOD: Final = [
    ("read and list a folder", policy(READ, LISTING)),
    ("one statement without a list", json.dumps({"Version": "2012-10-17", "Statement": READ})),
    ("actions in small letters: IAM does not care", policy(allow("s3:getobject"))),
    ("drop box", policy(allow(["s3:PutObject", "s3:AbortMultipartUpload"]))),
    ("one file", policy(allow("s3:GetObject", f"{BUCKET}/in/report.csv"))),
    ("two buckets", policy(allow("s3:GetObject", [FOLDER, "arn:aws:s3:::acme-logs/out/*"]))),
    (
        "the bucket's root and one folder",
        policy(allow("s3:ListBucket", BUCKET, {"StringEquals": {"s3:prefix": ["", "in/"], "s3:delimiter": "/"}})),
    ),
    ("partner's data by tag", policy(allow("s3:GetObject", FOLDER, NORTHWIND))),
    ("from the office", when("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "2001:db8::/32"])),
    ("HTTPS only", when("Bool", "aws:SecureTransport", "true")),
    ("a JSON boolean is as good", when("Bool", "aws:SecureTransport", [True])),
    ("only buckets of this account", when("StringEquals", "aws:ResourceAccount", "111122223333")),
    ("until a day", when("DateLessThan", "aws:CurrentTime", "2026-12-01T17:00:00Z")),
    ("new TLS", when("NumericGreaterThanEquals", "s3:TlsVersion", "1.2")),
    ("keys without regard to case", when("Bool", "AWS:securetransport", "true")),
    ("with its key", policy(READ, allow("kms:Decrypt", KEY, {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}))),
    ("a Deny on everything but HTTPS", policy(READ, deny("*", "*", {"Bool": {"aws:SecureTransport": "false"}}))),
    ("a Deny with NotResource", policy(READ, {"Effect": "Deny", "Action": "s3:*", "NotResource": FOLDER})),
    ("private uploads", policy(allow("s3:PutObject", FOLDER, {"StringEquals": {"s3:x-amz-acl": "private"}}))),
    ("listing that is denied again", policy(READ, allow("s3:ListBucket", BUCKET), deny("s3:List*"))),
    (
        "all of some, because there must be some",
        policy(
            allow("s3:GetObject", FOLDER, {"ForAllValues:StringEquals": CALLED, "Null": {"aws:CalledVia": "false"}})
        ),
    ),
    ("a literal dollar and star", policy(allow("s3:GetObject", f"{BUCKET}/in/${{*}}/${{$}}.csv"))),
]
