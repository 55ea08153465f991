"""Whoever may write the tags that a condition reads widens himself; pure.

AWS decides by ``s3:ExistingObjectTag/…`` what may be read; PutObjectTagging is what sets it. To send tags with an
upload takes PutObjectTagging too. An upload without them leaves the file it replaces without tags.
"""

from collections.abc import Iterator
from typing import Final

from grants.policy.catalogue import KnownAction
from grants.policy.document import Statement
from grants.policy.findings.finding import Finding, Kind, Policy, place, several

TAGS_WIDEN: Final = Kind(
    "tags_widen",
    "error",
    "By {what} the session can write the tags that decide what it may read: it could widen itself.",
    "Leave it out, or give it no more than the files that carry the tag already.",
)
TAGS_CHANGE: Final = Kind(
    "tags_change",
    "warning",
    "By {what} the session can take a file's tag away, or put another partner's on it.",
    "Leave it out, or write why it is needed.",
)
TAGS_LOST: Final = Kind(
    "tags_lost",
    "warning",
    "By {what} the session can replace any file under its prefix, whoever's tag it carries: AWS asks no tag there.",
    "Give it a prefix where no other partner's files lie, or write why it is needed.",
)
KINDS: Final = (TAGS_WIDEN, TAGS_CHANGE, TAGS_LOST)

_READ_TAGS: Final = ("s3:existingobjecttag/", "s3:buckettag/", "aws:resourcetag/", "s3:accesspointtag/")
_SENT_TAGS: Final = "s3:requestobjecttag"
_WRITES: Final = frozenset({"s3:PutObject", "s3:ReplicateObject"})
_POSITIVE: Final = frozenset({"StringEquals", "StringLike", "StringEqualsIgnoreCase"})


def check_tags(statement: Statement, policy: Policy) -> Iterator[Finding]:
    """Only where some statement that allows looks at tags."""
    if not statement.is_allow or not any(_reads_tags(other) for other in policy.statements if other.is_allow):
        return
    allowed = [known for known in policy.actions_of(statement).values() if not policy.is_denied(known)]
    sends_tags = any(condition.key.lower().startswith(_SENT_TAGS) for condition in statement.conditions)
    tagging = [known.name for known in allowed if _writes_tags(known) or (sends_tags and known.name in _WRITES)]
    if tagging:
        kind = TAGS_CHANGE if _is_bound(statement) else TAGS_WIDEN
        yield kind.at(place(statement, "Action"), what=several(tagging))
    elif replacing := [known.name for known in allowed if known.name in _WRITES]:
        yield TAGS_LOST.at(place(statement, "Action"), what=several(replacing))


def _reads_tags(statement: Statement) -> bool:
    return any(condition.key.lower().startswith(_READ_TAGS) for condition in statement.conditions)


def _is_bound(statement: Statement) -> bool:
    """Whether it reaches only what carries the tag already; ``IfExists`` and Not do not bind."""
    return any(
        condition.operator in _POSITIVE and condition.key.lower().startswith(_READ_TAGS)
        for condition in statement.conditions
    )


def _writes_tags(known: KnownAction) -> bool:
    return known.level == "Tagging" or known.name == "s3:ReplicateTags"
