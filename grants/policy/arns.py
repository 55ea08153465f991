"""Whether an ARN is one of those that a policy names; pure."""

from collections.abc import Mapping
from typing import Final

from grants.policy.variables import expanded
from grants.policy.wildcards import takes

PARTS: Final = 6  # arn:partition:service:region:account:resource


def takes_arn(wanted: str, given: str, context: Mapping[str, tuple[str, ...]] | None) -> bool:
    """Part by part: a star runs over no colon before the resource's own name. ``context`` as in ``expanded``."""
    if wanted == "*":
        return True
    parts, texts = wanted.split(":", PARTS - 1), given.split(":", PARTS - 1)
    if len(parts) < PARTS or len(texts) < PARTS:
        return False
    patterns = [expanded(part, context) for part in parts]
    return all(one is not None and takes(one, text) for one, text in zip(patterns, texts, strict=True))
