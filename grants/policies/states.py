"""What is possible from the state that a grant is in."""

from datetime import datetime

from grants.errors import IssuesSpentError, WrongStateError
from grants.lifecycle import State, move_for
from grants.models import Grant


def check_state(grant: Grant, event: str) -> None:
    """The event is possible from the grant's state."""
    if move_for(event, State(grant.state)) is None:
        raise WrongStateError(f"{event} from {grant.state}")


def check_undecided(grant: Grant) -> None:
    """Nobody has had the last word yet."""
    if grant.state != State.REQUESTED:
        raise WrongStateError(f"undecided, but {grant.state}")


def check_can_extend(grant: Grant, *, goes_on: bool, now: datetime) -> None:
    """It runs, and nothing goes on from it yet."""
    if goes_on or grant.state != State.REVEALED or grant.ends_at is None or grant.ends_at <= now:
        raise WrongStateError("not running, or extended already")


def is_retryable(grant: Grant) -> bool:
    """Whether a person may let the worker try again: it failed, and its approval is not used up."""
    return grant.state == State.FAILED and grant.failure_code != IssuesSpentError.code
