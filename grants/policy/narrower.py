"""Whether one scope lies within another, where an approver narrows it or a requester chooses a part; pure."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Reach:
    """Plain values of a scope on buckets: ``prefix`` ends in ``/``, or is empty for the whole bucket."""

    buckets: tuple[str, ...]
    prefix: str
    actions: tuple[str, ...]
    seconds: int


WIDER_BUCKETS: Final = "It names a bucket that was not there before: {what}."
WIDER_PREFIX: Final = "Its prefix is not inside {what}."
WIDER_ACTIONS: Final = "It allows an action that was not there before: {what}."
LONGER: Final = "It lasts longer than before."


def is_within(narrow: Reach, wide: Reach) -> bool:
    """Whether everything that ``narrow`` allows, ``wide`` allows too, and for as long."""
    return not what_widens(narrow, wide)


def what_widens(narrow: Reach, wide: Reach) -> tuple[str, ...]:
    """A sentence for each way in which ``narrow`` reaches further than ``wide``; () when it does not.

    Bucket names and prefixes are compared as S3 does, with regard to case; actions as IAM does, without.
    """
    found = []
    if buckets := sorted(set(narrow.buckets) - set(wide.buckets)):
        found.append(WIDER_BUCKETS.format(what=", ".join(buckets)))
    if not is_prefix_within(narrow.prefix, wide.prefix):
        found.append(WIDER_PREFIX.format(what=wide.prefix))
    known = {name.lower() for name in wide.actions}
    if actions := sorted(name for name in set(narrow.actions) if name.lower() not in known):
        found.append(WIDER_ACTIONS.format(what=", ".join(actions)))
    if narrow.seconds > wide.seconds:
        found.append(LONGER)
    return tuple(found)


def is_prefix_within(deeper: str, prefix: str) -> bool:
    """Whether ``deeper`` is ``prefix`` or a folder below it, by whole segments: ``in`` does not hold ``internal/``.

    S3 knows no ``..``: keys are compared as they stand. A prefix without its ``/`` at the end is read as a folder,
    never as the beginning of a name.
    """
    if not prefix:
        return True
    return f"{deeper.removesuffix('/')}/".startswith(f"{prefix.removesuffix('/')}/") and bool(deeper)
