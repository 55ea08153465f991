"""The sweepers ring for what is due, and not for ever more of it."""

from collections.abc import Iterator
from typing import Any

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


def test_sweeps_of_a_busy_queue_ring_for_the_oldest_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "BUSY", 2)
    world = make_world()
    for _ in range(4):
        make_approved(world)
    for _ in range(3):
        sweep.sweep_grants(now=timezone.now())
    assert dispatch.waiting(dispatch.ISSUE) == 4 + 2 + 2


def test_a_broker_that_cannot_be_asked_counts_as_a_quiet_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(current_app.pool, "acquire", refuse)
    assert dispatch.waiting(dispatch.ISSUE) == 0
