"""The buckets of the demo: a drop box for contractors, and data shared with partners by object tag."""

from typing import Any, Final
from urllib.parse import urlencode

import boto3
from botocore.config import Config

from portal.embedded.aws.double_root import REGION, ROOT_KEY

BUCKETS: Final = ("acme-drop", "shared-data")
GRANTABLE: Final = ("acme-drop/in/*", "acme-drop/out/*", "shared-data/partners/*")
# bucket, key, text, tags
OBJECTS: Final[tuple[tuple[str, str, str, dict[str, str]], ...]] = (
    ("acme-drop", "in/readme.txt", "Put your deliveries here.\n", {}),
    ("acme-drop", "in/2026/plan.csv", "week,hours\n47,32\n48,24\n", {}),
    ("acme-drop", "out/report.csv", "quarter,units\nQ1,1204\nQ2,1311\n", {}),
    ("acme-drop", "out/invoice-0412.txt", "Invoice 0412, due in 30 days.\n", {}),
    ("acme-drop", "private/payroll.csv", "name,salary\nnobody,0\n", {}),
    ("shared-data", "partners/northwind/orders.csv", "order,total\n1,10.00\n", {"Partner": "northwind"}),
    ("shared-data", "partners/northwind/stock.csv", "item,count\nbolt,400\n", {"Partner": "northwind"}),
    ("shared-data", "partners/contoso/orders.csv", "order,total\n7,99.00\n", {"Partner": "contoso"}),
    ("shared-data", "internal/margins.csv", "item,margin\nbolt,0.4\n", {}),
)
SHARED: Final = {"BucketArns": "arn:aws:s3:::shared-data", "ObjectArns": "arn:aws:s3:::shared-data/partners/*"}


def caller_policy(role_arn: str) -> dict[str, Any]:
    """Whoever assumes the role for Daypass needs this and nothing else; across accounts AWS asks for it too."""
    actions = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": role_arn}]}


def create_buckets(endpoint_url: str) -> None:
    """Create what is missing; what somebody has changed since stays as it is."""
    s3 = boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_KEY,
        config=Config(retries={"total_max_attempts": 1}),
    )
    known = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    for bucket in BUCKETS:
        if bucket not in known:
            s3.create_bucket(Bucket=bucket)
        present = {item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])}
        for _, key, text, tags in (entry for entry in OBJECTS if entry[0] == bucket and entry[1] not in present):
            s3.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="text/plain", Tagging=urlencode(tags))
