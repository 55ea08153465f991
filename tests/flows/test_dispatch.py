"""The doorbell: a broker that is down costs a request one time-out, and nothing else."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from uuid import uuid4

import pytest
from celery import current_app

from grants import dispatch
from grants.dispatch import GATHER_SECONDS, _Gathered

LATE: Final = 1.0  # on a busy machine


@pytest.fixture(autouse=True)
def _listening() -> Iterator[None]:
    dispatch.listen_again()
    yield
    dispatch.listen_again()


def test_after_a_failure_nobody_is_rung_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def refuse(task: str, **_: object) -> None:
        tried.append(task)
        raise OSError

    monkeypatch.setattr(current_app, "send_task", refuse)
    for _ in range(12):
        dispatch.ring(dispatch.REVOKE, [uuid4()])
    assert len(tried) == 1
    dispatch.listen_again()
    dispatch.ring(dispatch.REVOKE, [uuid4()])
    assert len(tried) == 2


def test_a_broker_that_cannot_say_how_many_wait_is_one_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda task, **_: tried.append(task))
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1:1/0")  # Celery asks it first
    dispatch._counted.cache_clear()
    try:
        for _ in range(3):
            dispatch.ring(dispatch.ISSUE, [uuid4()])
    finally:
        dispatch._counted.cache_clear()
    assert tried == []


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When a bell was rung that nobody counts; what an earlier test could not ring is forgotten."""
    dispatch.listen_again()
    times: list[float] = []
    monkeypatch.setattr(current_app, "send_task", lambda _task, **_: times.append(time.monotonic()))
    return times


def test_a_mail_that_comes_alone_is_rung_for_at_once(rung: list[float]) -> None:
    bell = _Gathered(dispatch.SEND)
    bell.ring(uuid4())
    assert len(rung) == 1
    time.sleep(GATHER_SECONDS * 2)
    bell.ring(uuid4())
    assert len(rung) == 2


def test_of_many_at_once_each_is_followed_by_a_bell_and_there_are_few(rung: list[float]) -> None:
    """A bell that was rung before a row was committed may be of no use to it."""
    bell = _Gathered(dispatch.SEND)

    def commit_and_ring(_: int) -> list[float]:
        committed = []
        for _row in range(100):
            committed.append(time.monotonic())
            bell.ring(uuid4())
            time.sleep(0.002)
        return committed

    with ThreadPoolExecutor(8) as pool:
        committed = [at for times in pool.map(commit_and_ring, range(8)) for at in times]
    time.sleep(GATHER_SECONDS + LATE)
    assert all(any(at <= bell <= at + GATHER_SECONDS + LATE for bell in rung) for at in committed)
    assert len(rung) <= 2 + (max(committed) - min(committed)) / GATHER_SECONDS
