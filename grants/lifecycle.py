"""The life of a grant as data: states, who moves it, from where to where, and the audit event each move writes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a grant is."""

    REQUESTED = "requested"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    APPROVED = "approved"
    AWAITING_CODE = "awaiting MFA code"
    OFFERED = "offered"
    ISSUING = "issuing"
    ISSUED = "issued"
    FAILED = "failed"
    REVEALED = "revealed"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ENDED = "ended"


class Owner(StrEnum):
    """Who makes a move."""

    REQUESTER = "requester"
    APPROVER = "approver"
    RECIPIENT = "recipient"
    CUSTODIAN = "custodian"
    ISSUE_WORKER = "issue worker"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed transition. ``event`` is the audit event it writes."""

    event: str
    source: State
    target: State
    owner: Owner


S, O = State, Owner

MOVES: Final = (
    Move("grant.denied", S.REQUESTED, S.DENIED, O.APPROVER),
    Move("grant.withdrawn", S.REQUESTED, S.WITHDRAWN, O.REQUESTER),
    Move("grant.lapsed", S.REQUESTED, S.LAPSED, O.CLOCK),
    Move("grant.approved", S.REQUESTED, S.APPROVED, O.APPROVER),
    Move("grant.issuing", S.APPROVED, S.ISSUING, O.ISSUE_WORKER),
    Move("grant.lapsed", S.APPROVED, S.LAPSED, O.CLOCK),
    Move("grant.refused", S.APPROVED, S.FAILED, O.ISSUE_WORKER),
    Move("grant.revoked", S.APPROVED, S.REVOKED, O.APPROVER),
    Move("grant.code_wanted", S.APPROVED, S.AWAITING_CODE, O.ISSUE_WORKER),
    Move("grant.code_typed", S.AWAITING_CODE, S.APPROVED, O.CUSTODIAN),
    Move("grant.lapsed", S.AWAITING_CODE, S.LAPSED, O.CLOCK),
    Move("grant.revoked", S.AWAITING_CODE, S.REVOKED, O.APPROVER),
    Move("grant.offered", S.APPROVED, S.OFFERED, O.ISSUE_WORKER),
    Move("grant.claimed", S.OFFERED, S.APPROVED, O.RECIPIENT),
    Move("grant.locked", S.OFFERED, S.REVOKED, O.RECIPIENT),
    Move("grant.locked", S.APPROVED, S.REVOKED, O.RECIPIENT),
    Move("grant.locked", S.FAILED, S.REVOKED, O.RECIPIENT),
    Move("grant.expired", S.OFFERED, S.EXPIRED, O.CLOCK),
    Move("grant.revoked", S.OFFERED, S.REVOKED, O.APPROVER),
    Move("grant.issued", S.ISSUING, S.ISSUED, O.ISSUE_WORKER),
    Move("grant.postponed", S.ISSUING, S.APPROVED, O.ISSUE_WORKER),
    Move("grant.code_refused", S.ISSUING, S.AWAITING_CODE, O.ISSUE_WORKER),
    Move("grant.failed", S.ISSUING, S.FAILED, O.ISSUE_WORKER),
    Move("grant.revoked", S.ISSUING, S.REVOKED, O.ISSUE_WORKER),
    Move("grant.retried", S.FAILED, S.APPROVED, O.APPROVER),
    Move("grant.lapsed", S.FAILED, S.LAPSED, O.CLOCK),
    Move("grant.revoked", S.FAILED, S.REVOKED, O.APPROVER),
    Move("grant.revealed", S.ISSUED, S.REVEALED, O.RECIPIENT),
    Move("grant.locked", S.ISSUED, S.REVOKED, O.RECIPIENT),
    Move("grant.renewed", S.ISSUED, S.APPROVED, O.RECIPIENT),
    Move("grant.abandoned", S.ISSUED, S.OFFERED, O.CLOCK),
    Move("grant.expired", S.ISSUED, S.EXPIRED, O.CLOCK),
    Move("grant.revoked", S.ISSUED, S.REVOKED, O.APPROVER),
    Move("grant.revoked", S.REVEALED, S.REVOKED, O.APPROVER),
    Move("grant.handed_back", S.REVEALED, S.REVOKED, O.RECIPIENT),
    Move("grant.disowned", S.REVEALED, S.REVOKED, O.RECIPIENT),
    Move("grant.ended", S.REVEALED, S.ENDED, O.CLOCK),
)

FINAL: Final = frozenset({S.DENIED, S.WITHDRAWN, S.LAPSED, S.EXPIRED, S.REVOKED, S.ENDED})
UNDECIDED: Final = frozenset({S.REQUESTED})
LIVE: Final = frozenset({S.APPROVED, S.AWAITING_CODE, S.OFFERED, S.ISSUING, S.ISSUED, S.REVEALED, S.FAILED})
# A session exists, or may in a moment: of a user whose sessions cannot be told apart there is one at a time.
HOLDING: Final = frozenset({S.ISSUING, S.ISSUED, S.REVEALED})

_BY_EVENT: Final = {(move.event, move.source): move for move in MOVES}


def move_for(event: str, source: State) -> Move | None:
    """The move that ``event`` makes from ``source``, or None when it is not allowed."""
    return _BY_EVENT.get((event, source))


def sources_of(event: str) -> tuple[State, ...]:
    """Every state from which ``event`` is allowed."""
    return tuple(move.source for move in MOVES if move.event == event)


def diagram() -> str:
    """The state diagram of grants/README.md, in Mermaid."""
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{state}" as {_drawn(state)}' for state in State if " " in state]
    lines += ["    [*] --> requested"]
    lines += [
        f"    {_drawn(m.source)} --> {_drawn(m.target)}: {m.event.removeprefix('grant.')} ({m.owner})" for m in MOVES
    ]
    lines += [f"    {state} --> [*]" for state in State if state in FINAL]
    return "\n".join(lines)


def _drawn(state: State) -> str:
    """A state as Mermaid names it: one word."""
    return state.replace(" ", "_")
