"""The sweepers ring for what is due, and not for ever more of it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app
from django.utils import timezone

from grants import dispatch
from grants.flows import sweep
from tests.factories import make_approved, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _silent() -> Iterator[None]:
    """Nobody takes from these queues but this test."""
    with current_app.connection_for_write() as connection:
        channel: Any = connection.default_channel  # the stubs know no purge
        channel.queue_purge("issue")
        yield
        channel.queue_purge("issue")


def test_a_sweep_of_a_quiet_queue_rings_for_all_that_is_due() -> None:
    world = make_world()
    for _ in range(3):
        make_approved(world)
    sweep.sweep_grants(now=timezone.now())
    assert dispatch.waiting(dispatch.ISSUE) == 3


def test_however_much_is_due_and_however_often_it_is_swept_no_more_bells_wait_than_are_enough() -> None:
    for _ in range(3):
        dispatch.ring(dispatch.ISSUE, [uuid4() for _ in range(30)])
    assert dispatch.waiting(dispatch.ISSUE) == dispatch.ENOUGH[dispatch.ISSUE]


def test_a_bell_that_stands_for_its_own_row_alone_is_always_rung() -> None:
    rows = [uuid4() for _ in range(dispatch.ENOUGH[dispatch.ISSUE] + 1)]
    dispatch.ring(dispatch.TEST_TEMPLATE, rows)
    assert dispatch.waiting(dispatch.TEST_TEMPLATE) == len(rows)
