"""The S3 actions a bucket template may give: where each applies and which verb it is in the sentence."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Action:
    """``on`` is "object" or "bucket"; ``verb`` is what a person would call it; ``changes`` marks write and delete.

    Actions on a bucket are those that AWS binds by ``s3:prefix``: any other would reach the whole bucket.
    """

    name: str
    on: str
    verb: str
    changes: bool = False


ACTIONS: Final = (
    Action("s3:ListBucket", "bucket", "list"),
    Action("s3:ListBucketVersions", "bucket", "list earlier versions of"),
    Action("s3:GetObject", "object", "read"),
    Action("s3:GetObjectTagging", "object", "read the tags of"),
    Action("s3:GetObjectVersion", "object", "read earlier versions of"),
    Action("s3:GetObjectVersionTagging", "object", "read the tags of earlier versions of"),
    Action("s3:GetObjectAttributes", "object", "read the properties of"),
    Action("s3:PutObject", "object", "write", changes=True),
    Action("s3:AbortMultipartUpload", "object", "cancel uploads of", changes=True),
    Action("s3:ListMultipartUploadParts", "object", "list uploads of"),
    Action("s3:DeleteObject", "object", "delete", changes=True),
    Action("s3:DeleteObjectVersion", "object", "delete earlier versions of", changes=True),
    Action("s3:RestoreObject", "object", "bring back archived", changes=True),
)

BY_NAME: Final = {action.name: action for action in ACTIONS}

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
    """The known actions among ``names``, in the catalogue's order."""
    wanted = set(names)
    return tuple(action for action in ACTIONS if action.name in wanted)
