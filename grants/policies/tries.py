"""How often and how long something is tried: leases, lives of what waits, waits between tries."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from grants.errors import IssuesSpentError
from grants.models import Grant
from grants.policy.near_end import is_little_left

CLAIM_LIFE: Final = timedelta(minutes=15)  # as long as the cookie of who passed the check
CODE_LIFE: Final = timedelta(seconds=20)  # and the clock comes every 10: at rest for 30 at most
LEASE: Final = timedelta(seconds=75)
ATTEMPTS_MAX: Final = 6
ISSUES_MAX: Final = 3
BACKOFF: Final = (
    timedelta(seconds=2),
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
)
ISSUE_BACKOFF: Final = (timedelta(seconds=10), timedelta(minutes=5))
DENY_MARGIN: Final = timedelta(minutes=15)


def may_renew(grant: Grant, maybe_minted: int, now: datetime) -> bool:
    """Whether a fresh issue, instead of one of which little is left, is covered by the approval.

    Not of a user whose sessions have no name: the one before could not be denied alone.
    """
    stands = grant.approval_until is not None and grant.approval_until > now
    is_named = grant.session_of_id is None
    is_little = is_little_left(grant.ends_at, seconds=grant.seconds, now=now)
    return is_named and stands and maybe_minted < ISSUES_MAX and is_little


def check_issues_left(maybe_minted: int) -> None:
    """One approval covers so many sessions that AWS gave or may have given; each earlier one is denied by name."""
    if maybe_minted >= ISSUES_MAX:
        raise IssuesSpentError


def backoff(tries: int, *, costs_an_issue: bool = False) -> timedelta:
    """How long to wait after this many tries, with jitter so that a crowd does not come back at once.

    What may have minted costs one of the few issues of an approval, so the next try is left more time.
    """
    waits = ISSUE_BACKOFF if costs_an_issue else BACKOFF
    wait = waits[min(tries, len(waits)) - 1]
    return wait + wait * (secrets.randbelow(26) / 100)
