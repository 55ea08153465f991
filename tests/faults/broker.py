"""Valkey down, stalled, flushed, restarted: it only rings the doorbell."""

import time
from typing import Final

import redis

from tests.faults.fault import Fault
from tests.faults.pickup import Pickups
from tests.faults.settling import settle
from tests.faults.stage import Stage

APPROVE_SECONDS: Final = 2.0


def all_issued_once(stage: Stage, references: list[str]) -> None:
    """By the portal's own doorbells and sweepers: ours would tell the broker anew where its queues are."""
    stage.heal()
    query = "SELECT 1 FROM grants_grant WHERE reference = ANY(%s) AND state <> 'issued'"
    stage.until(lambda: not stage.rows(query, references), "all issued", seconds=40)
    settle(stage)
    assert all(stage.outcomes(reference) == ["minted"] for reference in references)


def timely_approved(stage: Stage) -> str:
    """A person does not wait for the broker."""
    grant = stage.asked()
    start = time.monotonic()
    reference = stage.approve(grant)
    took = time.monotonic() - start
    assert took < APPROVE_SECONDS, f"approving took {took:.1f} s"
    return reference


def down(stage: Stage, _: Pickups) -> None:
    stage.stack.valkey.stop()
    all_issued_once(stage, [timely_approved(stage) for _ in range(20)])


def stalled(stage: Stage, _: Pickups) -> None:
    stage.freeze(stage.stack.valkey.pid)
    references = [timely_approved(stage) for _ in range(3)]
    time.sleep(6)
    all_issued_once(stage, references)


def flushed(stage: Stage, _: Pickups) -> None:
    """With everything that is queued, and what the broker knows about its queues."""
    stage.freeze(stage.stack.children["issue"].pid)
    references = [stage.approved() for _ in range(20)]
    with redis.Redis.from_url(stage.stack.valkey.url) as broker:
        broker.flushall()
    all_issued_once(stage, references)


def restarted(stage: Stage, _: Pickups) -> None:
    references = [stage.approved() for _ in range(10)]
    stage.stack.valkey.kill()
    stage.stack.valkey.start()
    all_issued_once(stage, [*references, *(stage.approved() for _ in range(3))])


FAULTS: Final = (
    Fault("Valkey down, 20 approved", down),
    Fault("Valkey stalled (SIGSTOP)", stalled),
    Fault("Valkey flushed with 20 queued", flushed),
    Fault("Valkey killed and restarted", restarted),
)
