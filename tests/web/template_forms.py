"""The editor's form as a browser sends it, filled in for a template that can stand."""

from typing import Any

from tests.factories import World


def filled(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Shelf",
        "description": "",
        "vendors": [world.vendor.slug],
        "who_asks": ["contractors"],
        "issuer": world.issuer.name,
        "buckets": "acme-shelf",
        "prefix": "out/",
        "bundle": "read",
        "tags": "Project=shelf\n",
        "min_hours": "0.25",
        "default_hours": "1",
        "max_hours": "4",
        "consecutive_hours": "0",
        "signers:approvers": "1",
        "ticket_pattern": "",
        "pickup_check": "requester_code",
        "link_hours": "4",
        "mint": "on_approval",
        "do": "save",
        **changes,
    }


def document(world: World, **changes: Any) -> dict[str, Any]:
    """The same as a document."""
    return {
        "name": "Shelf",
        "kind": "bucket",
        "issuer": world.issuer.name,
        "vendors": [world.vendor.slug],
        "buckets": ["acme-shelf"],
        "prefix": "out/",
        "actions": ["s3:ListBucket", "s3:GetObject"],
        "tags": {"Project": "shelf"},
        "max_hours": 4,
        "signers": {"approvers": 1},
        **changes,
    }
