"""A second opinion: whatever the broadest linter of IAM policies calls an error, Daypass calls one too.

It runs in the tests only (docs/decisions/0011): the linter of a form must not bring an AWS client into the web process.
"""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

from iam_validator.core.aws_service import AWSServiceFetcher
from iam_validator.core.models import IAMPolicy
from iam_validator.core.policy_checks import validate_policies

from grants.policy.catalogue import _load
from grants.policy.findings import find
from tests.policy.bad_policies import ACTIONS, CONDITIONS, RESOURCES
from tests.policy.policies import BUCKET, CONTEXT, FOLDER, GOOD, KEY, allow, policy

SERVICES: Final = ("ec2", "iam", "kms", "lambda", "s3", "sqs", "sts")
# What it says → what Daypass must say. Its other words are advice for those who keep policies in files.
SAME: Final = {
    "invalid_action": {"bad_action", "unknown_action", "unknown_service", "every_action"},
    "invalid_resource": {"bad_resource"},
    "resource_mismatch": {"mismatch", "needs_every_resource"},
    "invalid_operator": {"unknown_operator"},
    "invalid_condition_key": {"unknown_key", "unsupported_key"},
    "type_mismatch": {"wrong_operator"},
    "invalid_value_format": {"bad_value", "wrong_operator"},
    "privilege_escalation": {"iam_or_sts", "escalates_rights"},
    "overly_permissive": {"every_action", "whole_service", "every_resource", "account_wide", "iam_or_sts"},
    "ifexists_weakens_security_condition": {"if_exists"},
    "forallvalues_allow_without_null_check": {"for_all_values"},
    "set_operator_on_single_valued_key": {"single_value", "unknown_key"},
    "forbidden_condition_present": {"open_condition"},
}
# It tells upper from lower case in a key's prefix, and has no list of services where it works without a network.
NOT_SAME: Final = ("keys without regard to case", "no such service")
TABLE: Final = [*GOOD, *((what, text) for what, text, _ in (*ACTIONS, *RESOURCES, *CONDITIONS))]
OPERATORS: Final = (
    "StringLike",
    "StringEquals",
    "IpAddress",
    "Bool",
    "DateLessThan",
    "NumericEquals",
    "ForAllValues:StringLike",
)
KEYS: Final = ("s3:prefix", "aws:SourceIp", "aws:SecureTransport", "aws:CurrentTime", "aws:TagKeys", "s3:nothing")
VALUES: Final = ("in/*", "203.0.113.0/24", "true", "2026-01-01T00:00:00Z", "7", "")
NAMES: Final = (
    "s3:GetObject",
    "s3:ListBucket",
    "s3:Get*",
    "s3:Nothing",
    "kms:Decrypt",
    "s3:ListAllMyBuckets",
    "iam:PassRole",
)
ARNS: Final = (FOLDER, BUCKET, KEY, "*", "arn:aws:s3:::*", "acme-drop")


def drawn(count: int) -> Iterator[tuple[str, str]]:
    """Policies put together by chance, the same ones in every run."""
    draw = Random(6)
    for number in range(count):
        condition = {draw.choice(OPERATORS): {draw.choice(KEYS): draw.choice(VALUES)}}
        statement = allow(draw.sample(NAMES, 2), draw.sample(ARNS, 2), draw.choice((None, condition)))
        yield f"drawn {number}", policy(statement)


def as_the_linter_reads(prefix: str) -> dict[str, Any]:
    actions, resources, keys = (
        _load(kind, f"{prefix}.json").values() for kind in ("actions", "resourceTypes", "conditionKeys")
    )
    return {
        "Name": prefix,
        "Version": "v1",
        "Actions": [
            {
                "Name": row["name"],
                "ActionConditionKeys": row["conditionKeys"],
                "Resources": [{"Name": kind["name"]} for kind in row["resourceTypes"]],
            }
            for row in actions
        ],
        "Resources": [
            {"Name": row["key"], "ARNFormats": [row["arn"]], "ConditionKeys": row.get("conditionKeys", [])}
            for row in resources
        ],
        "ConditionKeys": [{"Name": row["key"], "Types": [row["type"]]} for row in keys],
    }


async def second_opinions(folder: Path, rows: list[tuple[str, str]]) -> list[list[str]]:
    """What the linter finds in each, as its own words for it."""
    (folder / "_services.json").write_text(json.dumps([{"service": prefix, "url": ""} for prefix in SERVICES]))
    for prefix in SERVICES:
        (folder / f"{prefix}.json").write_text(json.dumps(as_the_linter_reads(prefix)))
    async with AWSServiceFetcher(aws_services_dir=str(folder), enable_cache=False, prefetch_common=False) as fetcher:
        read = [(name, IAMPolicy.model_validate(json.loads(text)), json.loads(text)) for name, text in rows]
        results = await validate_policies(read, policy_type="IDENTITY_POLICY", fetcher=fetcher)
    return [[issue.issue_type for issue in result.issues] for result in results]


def test_whatever_the_linter_finds_is_found_here_too(tmp_path: Path) -> None:
    rows = [*(row for row in TABLE if row[0] not in NOT_SAME), *drawn(300)]
    missed = []
    for (name, text), opinions in zip(rows, asyncio.run(second_opinions(tmp_path, rows)), strict=True):
        ours = {finding.code for finding in find(text, context=CONTEXT)}
        missed += [(name, text, opinion) for opinion in opinions if opinion in SAME and not ours & SAME[opinion]]
    assert missed == []
