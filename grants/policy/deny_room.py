"""Which entry of the Deny stands where: first in the issuer's inline policy, then in its managed one; pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from grants.policy.deny import SESSION, deny_document

# IAM: all inline policies of a user share 2,048 characters, white space not counted. A quarter stays free for what is
# written by hand in an emergency, which must not meet a full policy then.
INLINE_MOST: Final = 1_536
ROLE_INLINE_MOST: Final = 7_680  # the same three quarters of the 10,240 that a role has
MANAGED_MOST: Final = 6_144


@dataclass(frozen=True, slots=True)
class Held:
    """Who is denied where. ``managed`` None: the issuer has no managed deny policy that the revoker may read."""

    inline: frozenset[str]
    managed: frozenset[str] | None

    @property
    def entries(self) -> frozenset[str]:
        """Everybody who is denied."""
        return self.inline | (self.managed or frozenset())


def place(*, held: Held, wanted: Collection[str], inline_most: int = INLINE_MOST) -> tuple[Held, frozenset[str]]:
    """Where ``wanted`` stands, and whoever has no room. Nobody moves: what is denied stays so between two writes."""
    inline = held.inline & frozenset(wanted)
    managed = (held.managed or frozenset()) & frozenset(wanted)
    left_out = []
    for entry in _in_order(frozenset(wanted) - inline - managed):
        if len(deny_document(inline | {entry})) <= inline_most:
            inline |= {entry}
        elif held.managed is not None and len(deny_document(managed | {entry})) <= MANAGED_MOST:
            managed |= {entry}
        else:
            left_out.append(entry)
    return Held(inline, None if held.managed is None else managed), frozenset(left_out)


def _in_order(entries: Collection[str]) -> Iterator[str]:
    """Those that deny many sessions first: they must find room."""
    yield from sorted(entries, key=lambda entry: (SESSION.value_of(entry) is not None, entry))
