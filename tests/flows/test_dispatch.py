"""The doorbell: a broker that is down costs a request one time-out, and nothing else."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from celery import current_app

from grants import dispatch


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
