"""A bucket scope as an IAM session policy, minified, byte for byte what STS gets."""

import json
from dataclasses import dataclass
from typing import Any

from grants.policy.actions import in_order


@dataclass(frozen=True, slots=True)
class BucketScope:
    """What is opened: one bucket, one prefix that ends in ``/``, and the actions on it."""

    partition: str
    bucket: str
    prefix: str
    actions: tuple[str, ...]


def render_policy(scope: BucketScope) -> str:
    """The session policy as minified JSON (AWS counts every character of it).

    Listing is bound by ``s3:prefix``, objects by their ARN: nothing outside the prefix is named.
    """
    arn = f"arn:{scope.partition}:s3:::{scope.bucket}"
    statements = []
    actions = in_order(scope.actions)
    if on_objects := [action.name for action in actions if action.on == "object"]:
        statements.append(_allow("Objects", on_objects, f"{arn}/{scope.prefix}*"))
    if on_bucket := [action.name for action in actions if action.on == "bucket"]:
        listing = _allow("Listing", on_bucket, arn)
        listing["Condition"] = {"StringLike": {"s3:prefix": f"{scope.prefix}*"}}
        statements.append(listing)
    return minify({"Version": "2012-10-17", "Statement": statements})


def minify(document: dict[str, Any]) -> str:
    """JSON without white space, non-ASCII escaped."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=True)


def _allow(sid: str, actions: list[str], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
