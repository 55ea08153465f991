"""A scope as an IAM session policy, minified, byte for byte what STS gets."""

import json
from functools import lru_cache
from typing import Any, Final

from grants.policy.actions import Action, in_order
from grants.policy.scopes import Bounds, BucketScope, CustomScope, ManagedScope, Scope, SessionScope, SharedScope

_KMS_READ: Final = ["kms:Decrypt"]
_KMS_WRITE: Final = ["kms:Decrypt", "kms:GenerateDataKey"]


@lru_cache(maxsize=256)
def render_policy(scope: Scope) -> str:
    """The session policy as minified JSON (AWS counts every character of it), or "" where none is sent.

    Listing is bound by ``s3:prefix``, objects by their ARN: nothing outside the prefix is named.
    """
    match scope:
        case BucketScope():
            return _policy(_bucket_statements(scope), scope.bounds)
        case SharedScope():
            return _policy(_shared_statements(scope), scope.bounds)
        case ManagedScope() | CustomScope():
            return scope.policy
        case SessionScope():
            return ""


def minify(document: dict[str, Any]) -> str:
    """JSON without white space, non-ASCII escaped."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=True)


def _bucket_statements(scope: BucketScope) -> list[dict[str, Any]]:
    actions = in_order(scope.actions)
    arns = [f"arn:{scope.partition}:s3:::{bucket}" for bucket in scope.buckets]
    return [
        *_objects(actions, [f"{arn}/{scope.prefix}*" for arn in arns]),
        *_listing(actions, arns, scope.prefix),
        *_key(actions, scope.kms_key),
    ]


def _shared_statements(scope: SharedScope) -> list[dict[str, Any]]:
    actions = in_order(scope.actions)
    arn = f"arn:{scope.partition}:s3:::{scope.bucket}"
    objects = _objects(actions, [f"{arn}/{scope.prefix}*"])
    for statement in objects:
        statement["Condition"] = {"StringEquals": {f"s3:ExistingObjectTag/{scope.tag_key}": scope.tag_value}}
    return [*objects, *_listing(actions, [arn], scope.prefix)]


def _objects(actions: tuple[Action, ...], arns: list[str]) -> list[dict[str, Any]]:
    names = [action.name for action in actions if action.on == "object"]
    return [_allow("Objects", names, arns)] if names else []


def _listing(actions: tuple[Action, ...], arns: list[str], prefix: str) -> list[dict[str, Any]]:
    names = [action.name for action in actions if action.on == "bucket"]
    if not names:
        return []
    return [{**_allow("Listing", names, arns), "Condition": {"StringLike": {"s3:prefix": f"{prefix}*"}}}]


def _key(actions: tuple[Action, ...], kms_key: str) -> list[dict[str, Any]]:
    """The bucket's key, by way of S3 alone."""
    if not kms_key:
        return []
    names = _KMS_WRITE if any(action.changes for action in actions) else _KMS_READ
    via = {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com*"}}
    return [{**_allow("Key", names, [kms_key]), "Condition": via}]


def _policy(statements: list[dict[str, Any]], bounds: Bounds) -> str:
    conditions = _conditions(bounds)
    for statement in statements:
        merged = {**statement.get("Condition", {})}
        for operator, keys in conditions.items():
            merged[operator] = {**merged.get(operator, {}), **keys}
        if merged:
            statement["Condition"] = merged
    return minify({"Version": "2012-10-17", "Statement": statements})


def _conditions(bounds: Bounds) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    if bounds.source_addresses:
        found["IpAddress"] = {"aws:SourceIp": _one_or_all(list(bounds.source_addresses))}
    if bounds.https_only:
        found["Bool"] = {"aws:SecureTransport": "true"}
    if bounds.account_id:
        found["StringEquals"] = {"aws:ResourceAccount": bounds.account_id}
    return found


def _allow(sid: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": _one_or_all(resources)}


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
