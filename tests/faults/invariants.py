"""All twelve invariants, looked at after every fault: nine by SQL, the others by what was seen outside."""

from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from grants.queries.invariants import INVARIANTS, Offence, offences_against
from tests.faults.pickup import Pickups
from tests.faults.stage import FEDERATE, Stage

CODES: Final = tuple(f"I{number}" for number in range(1, 13))
SESSIONS: Final = """
    SELECT a.name, a.outcome, a.access_key_id, a.request_id, d.confirmed_at FROM grants_issueattempt a
    LEFT JOIN grants_denial d ON d.grant_id = a.grant_id AND d.userid LIKE '%%:' || a.name WHERE a.name = ANY(%s)"""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far AWS's record and the pickups were when a fault began."""

    call: int
    shown: int


def mark_of(stage: Stage, pickups: Pickups) -> Mark:
    """Now."""
    return Mark(stage.control.last_sequence(), len(pickups.shown))


def look(stage: Stage, pickups: Pickups, since: Mark) -> dict[str, list[str]]:
    """Invariant → what offends it. I7 is looked at once a group; I8 only where somebody was shown something."""
    found = {code: [f"{o.reference}: {o.what}" for o in _asked(code)] for code in INVARIANTS}
    found["I1"] = doubled(stage, since.call)
    if len(pickups.shown) > since.shown or pickups.too_early:
        twice = sorted({each for each in pickups.shown if pickups.shown.count(each) > 1})
        found["I8"] = [*pickups.too_early, *(f"{reference}: shown twice" for reference in twice)]
    return found


def _asked(code: str) -> list[Offence]:
    return list(offences_against(INVARIANTS[code], now=timezone.now()))


def doubled(stage: Stage, since: int) -> list[str]:
    """Calls without exactly one attempt, and sessions at AWS that are neither a grant's own nor denied."""
    calls = stage.control.calls(since=since, operation=FEDERATE)
    names = [str(call["parameters"]["Name"]) for call in calls]
    attempts = {row["name"]: row for row in stage.rows(SESSIONS, names)}
    found = [f"{name}: called twice" for name in sorted(set(names)) if names.count(name) > 1]
    for call, name in zip(calls, names, strict=True):
        attempt = attempts.get(name)
        if attempt is None:
            found.append(f"{name}: a call without an attempt")
        elif call["minted"] and attempt["outcome"] == "minted" and call["minted"] != attempt["access_key_id"]:
            found.append(f"{name}: another session than was minted")
        elif name.startswith("dry-"):
            continue  # thrown away, and denied for good by the issuer's own policy
        elif call["minted"] and attempt["outcome"] != "minted" and not attempt["confirmed_at"]:
            found.append(f"{name}: minted, {attempt['outcome']}, and not denied")
    return found
