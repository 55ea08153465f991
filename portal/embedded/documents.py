"""The demo's templates, as documents: each works on the stand-in's buckets."""

from typing import Any, Final

ANALYSTS: Final = "daypass-analysts"  # a managed policy of the demo's account
ANALYSTS_DOCUMENT: Final[dict[str, Any]] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "Results", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-drop/out/*"}
    ],
}
MAILBOX: Final = "A demo: its mailboxes are read by whoever tries it out."
SESSION_ISSUER: Final = "Session user"
COMMON: Final[dict[str, Any]] = {
    "issuer": "Main account",
    "vendors": ["acme-robotics"],
    "signers": {"approvers": 1},
    "min_hours": 0.25,
    "default_hours": 1,
    "ticket_pattern": "[A-Z]{2,10}-[0-9]{1,6}",
    "ticket_hint": "Letters, a dash, digits, such as OPS-42",
    "link_hours": 4,
    "accepted": {"pickup_check_weak": MAILBOX},
}
DOCUMENTS: Final[tuple[dict[str, Any], ...]] = (
    {
        "name": "Acme drop: read and write",
        "description": "Where your robots leave their logs.",
        "kind": "bucket",
        "buckets": ["acme-drop"],
        "prefix": "in/",
        "actions": ["s3:ListBucket", "s3:GetObject", "s3:PutObject"],
        "tags": {"Project": "acme-drop"},
        "max_hours": 12,
    },
    {
        "name": "Acme drop: collect results",
        "description": "What we have made of your logs.",
        "kind": "bucket",
        "buckets": ["acme-drop"],
        "prefix": "out/",
        "actions": ["s3:ListBucket", "s3:GetObject"],
        "tags": {"Project": "acme-drop"},
        "max_hours": 36,
    },
    {
        "name": "Northwind's shared data",
        "description": "Only the files that are marked as Northwind's.",
        "kind": "shared",
        "bucket": "shared-data",
        "prefix": "partners/",
        "actions": ["s3:GetObject"],
        "tag_key": "Partner",
        "tag_value": "northwind",
        "tags": {"Project": "shared-data"},
        "max_hours": 1,
    },
    {
        "name": "Acme drop: one report",
        "description": "One file: the newest report.",
        "kind": "custom",
        "policy": (
            '{"Version": "2012-10-17", "Statement": [{"Sid": "Report", "Effect": "Allow", "Action": "s3:GetObject",'
            ' "Resource": "arn:aws:s3:::acme-drop/out/report.csv"}]}'
        ),
        "tags": {"Project": "acme-drop"},
        "max_hours": 2,
    },
    {
        "name": "Acme drop: made on pickup",
        "description": "The hours begin when you pick it up. Somebody here reads you a code on the telephone.",
        "kind": "bucket",
        "buckets": ["acme-drop"],
        "prefix": "out/",
        "actions": ["s3:ListBucket", "s3:GetObject"],
        "tags": {"Project": "acme-drop"},
        "max_hours": 8,
        "pickup_check": "spoken_code",
        "mint": "on_pickup",
    },
    {
        "name": "Acme drop: after signing in",
        "description": "You pick it up with a passkey or an authenticator app instead of a code.",
        "kind": "bucket",
        "buckets": ["acme-drop"],
        "prefix": "out/",
        "actions": ["s3:ListBucket", "s3:GetObject"],
        "tags": {"Project": "acme-drop"},
        "max_hours": 8,
        "pickup_check": "sign_in",
    },
    {
        "name": "Shared data: as its own user",
        "description": "Everything that one user of ours may do. Somebody here types a code first.",
        "kind": "session",
        "issuer": SESSION_ISSUER,
        "max_hours": 36,
    },
    {
        "name": "Acme results for analysts",
        "description": "What our own analysts read: the results, and nothing else.",
        "kind": "managed",
        "policies": ["arn:aws:iam::{account}:policy/daypass-analysts"],
        "tags": {"Department": "Analytics", "Project": "DataPipeline", "Temporary": "true"},
        "max_hours": 4,
        "default_hours": 4,
    },
)


def documents_for(account_id: str) -> list[dict[str, Any]]:
    """The demo's templates in this account."""
    return [{**COMMON, **document, **_arns(document, account_id)} for document in DOCUMENTS]


def _arns(document: dict[str, Any], account_id: str) -> dict[str, list[str]]:
    arns = [arn.format(account=account_id) for arn in document.get("policies", ())]
    return {"policies": arns} if arns else {}
