"""The sweepers ring for whatever PostgreSQL says is due: a lost message costs latency only."""

from datetime import datetime

from grants import dispatch, queries
from grants.models import Heartbeat


def sweep_grants(*, now: datetime) -> None:
    """Ring for every grant that the issue worker should try now."""
    _beat("issue", now)
    dispatch.ring(dispatch.ISSUE, queries.due_grants(now))


def sweep_tests(*, now: datetime) -> None:
    """Ring for every test of a draft that no worker has taken."""
    dispatch.ring(dispatch.TEST_TEMPLATE, queries.waiting_tests(now))


def sweep_denials(*, now: datetime) -> None:
    """Ring for every issuer with a Deny to write or to lift."""
    _beat("revoke", now)
    dispatch.ring(dispatch.REVOKE, queries.due_issuers(now))


def sweep_mails(*, now: datetime) -> None:
    """Ring for every mail that is due."""
    _beat("mail", now)
    dispatch.ring(dispatch.DELIVER, queries.due_mails(now))


def sweep_unread(*, now: datetime) -> None:
    """Ring for every issuer whose policies and keys have not been read lately."""
    dispatch.ring(dispatch.READ_ISSUER, queries.unread_issuers(now))


def _beat(worker: str, now: datetime) -> None:
    """Beat rang and this worker came: the doctor looks whether both still do."""
    Heartbeat.objects.update_or_create(worker=worker, defaults={"at": now})
