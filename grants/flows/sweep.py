"""The sweepers ring for whatever PostgreSQL says is due: a lost message costs latency only."""

from datetime import datetime

from grants import dispatch, queries


def sweep_grants(*, now: datetime) -> None:
    """Ring for every grant that the issue worker should try now."""
    dispatch.ring(dispatch.ISSUE, queries.due_grants(now))


def sweep_denials(*, now: datetime) -> None:
    """Ring for every issuer with a Deny to write or to lift."""
    dispatch.ring(dispatch.REVOKE, queries.due_issuers(now))


def sweep_mails(*, now: datetime) -> None:
    """Ring for every mail that is due."""
    dispatch.ring(dispatch.DELIVER, queries.due_mails(now))
