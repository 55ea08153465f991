"""Whoever takes a bell works off what is due: all of it, each row once, and not for ever."""

from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from unittest.mock import Mock
from uuid import UUID, uuid4

import pytest
from celery import current_app
from django.utils import timezone

from grants import dispatch
from grants.flows.work_off import HANDFUL, MAILS, MISSES, MOST, Backlog, work_off
from grants.models import OutboxMail
from grants.queries import due_mails


class Due:
    """Rows that are due until somebody has done them."""

    def __init__(self, count: int) -> None:
        self.rows = [uuid4() for _ in range(count)]
        self.done: deque[UUID] = deque()
        self.backlog = Backlog(dispatch.ISSUE, self.read)

    def read(self, _now: datetime, limit: int) -> list[UUID]:
        return [row for row in self.rows if row not in set(self.done)][:limit]

    def do(self, row: UUID) -> bool:
        self.done.append(row)
        return True

    def ring(self, row: UUID) -> None:
        work_off(first=row, backlog=self.backlog, do=self.do, clock=timezone.now)


@pytest.fixture
def waits() -> Iterator[None]:
    with current_app.connection_for_write() as connection:
        channel: Any = connection.default_channel  # the stubs know no purge
        channel.queue_purge("issue")
        yield
        channel.queue_purge("issue")


def test_one_bell_is_enough_for_all_that_is_due() -> None:
    due = Due(MOST)
    due.ring(due.rows[3])
    assert sorted(due.done) == sorted(due.rows)


def test_two_bells_at_once_share_what_is_due() -> None:
    due = Due(40)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(due.ring, due.rows[:2]))
    assert set(due.done) == set(due.rows)
    assert not [row for row, times in Counter(due.done).items() if times > 1 and row not in due.rows[:2]]


@pytest.mark.usefixtures("waits")
def test_after_so_many_rows_another_bell_is_rung_for_the_rest() -> None:
    due = Due(MOST * 2)
    due.ring(due.rows[0])
    assert (len(due.done), dispatch.waiting(dispatch.ISSUE)) == (MOST + 1, 1)


def test_what_is_due_and_cannot_be_done_is_not_asked_for_ever() -> None:
    due = Due(HANDFUL)
    asked = Mock(return_value=False)
    work_off(first=uuid4(), backlog=due.backlog, do=asked, clock=timezone.now)
    assert asked.call_count == 1 + MISSES


def test_the_bell_of_a_mail_is_not_over_while_others_take_what_is_due() -> None:
    """Mails that came close upon each other have one bell: nobody else would look for those that are left."""
    due = Due(HANDFUL)
    others = deque(due.rows[: MISSES * 2])

    def do(row: UUID) -> bool:
        due.done.append(row)
        return row not in others

    mails = Backlog(dispatch.DELIVER, due.read, misses_most=MAILS.misses_most)
    work_off(first=uuid4(), backlog=mails, do=do, clock=timezone.now)
    assert len(due.done) == 1 + MOST


@pytest.mark.django_db
def test_a_mail_is_due_when_it_is_queued_and_its_time_has_come() -> None:
    now = timezone.now()
    later, sent, second, first = (
        OutboxMail.objects.create(event="link_ready", to_address="carol@acme.example", created_at=now, **values)
        for values in (
            {"due_at": now.replace(year=now.year + 1)},
            {"due_at": now, "state": "sent", "sent_at": now},
            {"due_at": now},
            {"due_at": now.replace(year=now.year - 1)},
        )
    )
    assert due_mails(now) == [first.pk, second.pk]
    assert due_mails(now, 1) == [first.pk]
    assert not {later.pk, sent.pk} & set(due_mails(now))
