"""What the issue worker mints on the database's word alone, when no passkey signature stands behind an approval."""

from dataclasses import dataclass
from typing import Final

from grants.policy.actions import in_order
from grants.policy.scopes import BucketScope, Scope, SharedScope, actions_of

READ: Final = "read"
WRITE: Final = "write"
ANY: Final = "any"
REACHES: Final = (READ, WRITE, ANY)
EXAMPLE: Final = "hours=8,actions=write,per_hour=60 (or: none)"


@dataclass(frozen=True, slots=True)
class UnsignedCaps:
    """The most that an approval without a verified signature gives. ``per_hour`` None: no cap on how many.

    ``actions`` is ``read`` (files are read and listed), ``write`` (bucket scopes of any action) or ``any``.
    """

    hours: float
    actions: str
    per_hour: int | None

    def covers(self, scope: Scope, seconds: int) -> bool:
        """Whether a grant of this scope and length stays below the caps."""
        return seconds <= self.hours * 3600 and REACHES.index(reach_of(scope)) <= REACHES.index(self.actions)


SHIPPED: Final = UnsignedCaps(hours=8, actions=WRITE, per_hour=60)  # as deploy/ has it
NOTHING: Final = UnsignedCaps(hours=0, actions=READ, per_hour=0)


def reach_of(scope: Scope) -> str:
    """How far a scope reaches: ``read``, ``write``, or ``any`` where a policy or a user's rights decide."""
    if not isinstance(scope, BucketScope | SharedScope):
        return ANY
    return WRITE if any(action.changes for action in in_order(actions_of(scope))) else READ


def parse_caps(raw: str) -> UnsignedCaps:
    """``none``, or ``hours=8,actions=write,per_hour=60`` (``per_hour=any``: no cap); ValueError for anything else."""
    if raw == "none":
        return NOTHING
    parts = dict(part.strip().split("=", 1) for part in raw.split(",")) if "=" in raw else {}
    if parts.keys() != {"hours", "actions", "per_hour"} or parts["actions"] not in REACHES:
        raise ValueError(raw)
    per_hour = None if parts["per_hour"] == ANY else int(parts["per_hour"])
    hours = float(parts["hours"])
    if not 0 <= hours <= 36 or (per_hour is not None and per_hour < 0):  # noqa: PLR2004 - AWS's longest
        raise ValueError(raw)
    return UnsignedCaps(hours=hours, actions=parts["actions"], per_hour=per_hour)
