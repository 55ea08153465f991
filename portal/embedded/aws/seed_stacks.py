"""Deploys one CloudFormation template to the stand-in, again and again with the same end."""

import json
import time
from collections.abc import Mapping
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from portal.embedded.aws.double_root import REGION, ROOT_KEY

WAIT_SECONDS: Final = 20
DONE: Final = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})


class StackError(Exception):
    """The stand-in's CloudFormation did not deploy a template."""


def deploy(
    endpoint_url: str, *, name: str, template: Mapping[str, Any], parameters: Mapping[str, str]
) -> dict[str, str]:
    """Create or update the stack ``name`` and return its outputs."""
    client = boto3.client(
        "cloudformation",
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_KEY,
        config=Config(retries={"total_max_attempts": 1}),
    )
    wish = {
        "StackName": name,
        "TemplateBody": json.dumps(template),
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    }
    known = {stack["StackName"] for stack in client.describe_stacks()["Stacks"]}
    try:
        if name in known:
            client.update_stack(**wish)
        else:
            client.create_stack(**wish)
    except ClientError as refused:
        if "No updates are to be performed" not in refused.response["Error"]["Message"]:
            raise
    return _outputs(client, name)


def _outputs(client: Any, name: str) -> dict[str, str]:  # noqa: ANN401 - typed at run time only
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        stack = client.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            if stack["StackStatus"] not in DONE:
                raise StackError(name, stack["StackStatus"], stack.get("StackStatusReason", ""))
            return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        time.sleep(0.05)
    raise StackError(name, "timed out")
