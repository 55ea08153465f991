"""The S3 actions that a template on buckets may give: AWS's own, out of its list; the word for each is ours; pure.

Each acts on objects, or is bound by ``s3:prefix``: any other would reach the whole bucket. None outlives a grant, and
none is for AWS's replication alone. A test compares the words with what AWS's list has of that kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from grants.policy.catalogue import LEVELS, service

_TAG_KEY: Final = "s3:existingobjecttag/<key>"


@dataclass(frozen=True, slots=True)
class Action:
    """``on`` is "object" or "bucket"; ``verb`` is what a person would call it; ``changes`` marks write and delete.

    ``level`` and ``told`` are AWS's words for how far it reaches and what it does; ``sees_tags``: AWS asks for the
    object's tag (``s3:ExistingObjectTag``), so that a condition on it binds.
    """

    name: str
    on: str
    verb: str
    changes: bool
    level: str
    told: str
    sees_tags: bool


# The order is that of sentences and of rendered policies.
VERBS: Final[Mapping[str, str]] = {
    "s3:ListBucket": "list",
    "s3:ListBucketVersions": "list earlier versions of",
    "s3:GetObject": "read",
    "s3:GetObjectTagging": "read the tags of",
    "s3:GetObjectVersion": "read earlier versions of",
    "s3:GetObjectVersionTagging": "read the tags of earlier versions of",
    "s3:GetObjectAttributes": "read the properties of",
    "s3:GetObjectVersionAttributes": "read the properties of earlier versions of",
    "s3:GetObjectAcl": "read the access lists of",
    "s3:GetObjectVersionAcl": "read the access lists of earlier versions of",
    "s3:GetObjectRetention": "read the retention of",
    "s3:GetObjectLegalHold": "read the legal holds of",
    "s3:ListObjectAnnotations": "list the annotations of",
    "s3:ListObjectVersionAnnotations": "list the annotations of earlier versions of",
    "s3:GetObjectAnnotation": "read the annotations of",
    "s3:GetObjectVersionAnnotation": "read the annotations of earlier versions of",
    "s3:PutObject": "write",
    "s3:PutObjectTagging": "write the tags of",
    "s3:PutObjectVersionTagging": "write the tags of earlier versions of",
    "s3:PutObjectAnnotation": "annotate",
    "s3:PutObjectVersionAnnotation": "annotate earlier versions of",
    "s3:AbortMultipartUpload": "cancel uploads of",
    "s3:ListMultipartUploadParts": "list uploads of",
    "s3:DeleteObject": "delete",
    "s3:DeleteObjectVersion": "delete earlier versions of",
    "s3:DeleteObjectTagging": "delete the tags of",
    "s3:DeleteObjectVersionTagging": "delete the tags of earlier versions of",
    "s3:DeleteObjectAnnotation": "delete the annotations of",
    "s3:DeleteObjectVersionAnnotation": "delete the annotations of earlier versions of",
    "s3:RestoreObject": "bring back archived",
}


def _offered() -> tuple[Action, ...]:
    """What AWS does not have any more is not offered any more."""
    found = service("s3")
    known = {row.name: row for row in found.actions.values()} if found else {}
    return tuple(
        Action(
            name=name,
            on="object" if "object" in known[name].resources else "bucket",
            verb=verb,
            changes=known[name].level not in ("List", "Read"),
            level=known[name].level,
            told=known[name].description,
            sees_tags=_TAG_KEY in known[name].keys,
        )
        for name, verb in VERBS.items()
        if name in known
    )


ACTIONS: Final = _offered()
BY_NAME: Final = {action.name: action for action in ACTIONS}
# Reading by a partner's tag: whoever may write, or write tags, makes every object theirs.
READS: Final = frozenset(
    action.name for action in ACTIONS if not action.changes and (action.sees_tags or action.on == "bucket")
)

BUNDLES: Final = (
    ("read", "Read", ("s3:ListBucket", "s3:GetObject")),
    ("read_write", "Read and write", ("s3:ListBucket", "s3:GetObject", "s3:PutObject")),
    ("drop_box", "Drop box: write only", ("s3:PutObject",)),
    (
        "read_versions",
        "Read, earlier versions too",
        ("s3:ListBucket", "s3:ListBucketVersions", "s3:GetObject", "s3:GetObjectVersion"),
    ),
    (
        "read_write_delete",
        "Read, write and delete",
        ("s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"),
    ),
)


def in_order(names: set[str] | tuple[str, ...] | list[str]) -> tuple[Action, ...]:
    """The known actions among ``names``, in the order above."""
    wanted = set(names)
    return tuple(action for action in ACTIONS if action.name in wanted)


def offered_in(kind: str) -> tuple[Action, ...]:
    """What a template of this kind may give, List and Read before Write and Tagging."""
    shown = [action for action in ACTIONS if kind != "shared" or action.name in READS]
    return tuple(sorted(shown, key=lambda action: LEVELS.index(action.level)))
