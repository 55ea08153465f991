"""What credentials can do against S3, tried for real."""

import configparser
import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.browser import Page, PageError

REGION: Final = "us-east-1"
ONE_TRY: Final = Config(retries={"total_max_attempts": 1})


def keys_of(page: Page) -> dict[str, str]:
    """The credentials as a person would copy them: environment variables, held against the profile and the JSON."""
    boxes = [box.get_text() for box in page.soup.find_all("pre")]
    exported = dict(re.findall(r"export (AWS_\w+)='?([^'\n]+)'?", "\n".join(boxes)))
    keys = {name.lower(): value for name, value in exported.items()}
    document: dict[str, Any] = next((json.loads(box) for box in boxes if box.strip().startswith("{")), {})
    profile = configparser.ConfigParser()
    profile.read_string(next(box for box in boxes if box.strip().startswith("[")))
    in_profile = dict(profile[profile.sections()[0]])
    for name, key in (
        ("aws_access_key_id", "AccessKeyId"),
        ("aws_secret_access_key", "SecretAccessKey"),
        ("aws_session_token", "SessionToken"),
    ):
        if not (keys.get(name) and keys[name] == document.get(key) == in_profile.get(name)):
            raise PageError(f"the forms of {name} differ, or it is missing")
    return keys


@dataclass(frozen=True)
class Bucket:
    """The demo's bucket, with one set of credentials."""

    endpoint_url: str
    keys: dict[str, str] = field(repr=False)

    def client(self) -> Any:  # noqa: ANN401 - boto3's client
        """An S3 client."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id=self.keys["aws_access_key_id"],
            aws_secret_access_key=self.keys["aws_secret_access_key"],
            aws_session_token=self.keys.get("aws_session_token"),
            config=ONE_TRY,
        )

    def get(self, key: str, bucket: str = "acme-drop") -> str:
        """ "read", or the error code."""
        return code_of(self.client().get_object, Bucket=bucket, Key=key)

    def works(self) -> str:
        """List, read and write inside the prefix."""
        client = self.client()
        listed = client.list_objects_v2(Bucket="acme-drop", Prefix="in/")["KeyCount"]
        client.put_object(Bucket="acme-drop", Key="in/from-carol.txt", Body=b"done")
        body = client.get_object(Bucket="acme-drop", Key="in/from-carol.txt")["Body"].read()
        if body != b"done":
            raise PageError("what was written is not what was read")
        return f"listed {listed}, wrote and read s3://acme-drop/in/from-carol.txt"

    def refuses(self) -> str:
        """Outside the prefix, another bucket, an action that was not granted."""
        client = self.client()
        tries = {
            "s3://acme-drop/private/payroll.csv": self.get("private/payroll.csv"),
            "s3://acme-drop/out/report.csv": self.get("out/report.csv"),
            "s3://shared-data": self.get("partners/northwind/orders.csv", "shared-data"),
            "list private/": code_of(client.list_objects_v2, Bucket="acme-drop", Prefix="private/"),
            "list all": code_of(client.list_objects_v2, Bucket="acme-drop"),
            "delete": code_of(client.delete_object, Bucket="acme-drop", Key="in/readme.txt"),
        }
        if wrong := {what: answer for what, answer in tries.items() if answer != "AccessDenied"}:
            raise PageError(f"not refused: {wrong}")
        return f"AccessDenied for {', '.join(tries)}"


def raw_issuer(endpoint_url: str, credentials_file: str) -> str:
    """The issuer's long-term keys against the same object."""
    profiles = configparser.ConfigParser()
    profiles.read(credentials_file)
    answer = Bucket(endpoint_url, dict(profiles["daypass-issuer"])).get("in/readme.txt")
    if answer != "AccessDenied":
        raise PageError(f"the raw keys get {answer}")
    return f"get_object with the long-term keys: {answer}"


def code_of(call: Any, **parameters: str) -> str:  # noqa: ANN401 - any boto3 call
    """ "read", or AWS's error code."""
    try:
        call(**parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "read"
