"""Doorbells that come two hours late and out of order, and once more when all is done."""

import random
from datetime import timedelta
from typing import Final

import redis
from django.utils import timezone

from grants.flows.approve import approve_grant
from grants.flows.request import request_grant
from grants.flows.revoke import revoke_grant
from tests.faults.fault import Fault
from tests.faults.pickup import Pickups
from tests.faults.settling import settle
from tests.faults.stage import REASON, Stage

LATE: Final = timedelta(hours=2)
QUEUE: Final = "issue"


def two_hours_late(stage: Stage, pickups: Pickups) -> None:
    """Nobody sweeps meanwhile: what is done, the late doorbells do; a second delivery of all of them does nothing."""
    stage.kill("beat")
    stage.freeze(stage.stack.children[QUEUE].pid)
    references = [_approved_long_ago(stage) for _ in range(6)]
    revoke_grant(reference=references[0], by=stage.bob, reason="Stop.", now=timezone.now())
    with redis.Redis.from_url(stage.stack.valkey.url) as broker:
        bells = _taken_away(broker)
        assert len(bells) >= len(references) - 1, len(bells)
        stage.thaw()
        _ring_again(broker, bells)
        stage.until(lambda: {stage.state(each) for each in references[1:]} == {"issued"}, "issued by late doorbells")
        stage.until(lambda: stage.post.links(references[1]), "mailed")
        pickups.until_revealed(references[1])
        _ring_again(broker, bells)
    settle(stage)
    assert stage.outcomes(references[0]) == []
    assert all(stage.outcomes(reference) == ["minted"] for reference in references[1:])
    assert all(len(stage.post.links(reference)) == 1 for reference in references[1:])
    assert stage.state(references[1]) == "revealed"


def _approved_long_ago(stage: Stage) -> str:
    then = timezone.now() - LATE
    requested = request_grant(
        by=stage.carol, template_id=stage.template.pk, seconds=3600, reason=REASON, ticket="OPS-42", now=then
    )
    grant = requested.grant
    stage.codes[grant.reference] = requested.code_plaintext or ""
    approve_grant(reference=grant.reference, by=stage.bob, snapshot_hash=grant.snapshot_hash, now=then)
    return grant.reference


def _taken_away(broker: redis.Redis) -> list[str | bytes]:
    """What the frozen worker has not taken; the broker has given one to its open hand."""
    bells = list(broker.lrange(QUEUE, 0, -1))
    broker.delete(QUEUE)
    return bells


def _ring_again(broker: redis.Redis, bells: list[str | bytes]) -> None:
    shuffled = list(bells)
    random.Random(2).shuffle(shuffled)
    broker.lpush(QUEUE, *shuffled)


FAULTS: Final = (Fault("doorbells two hours late, out of order, and twice", two_hours_late),)
