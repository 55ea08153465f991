"""Two hundred random interleavings of everything that people and workers do to one grant at the same time."""

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from grants.audit import verify_chain
from grants.errors import GrantError
from grants.flows.check_invariants import check_invariants
from grants.lifecycle import MOVES, State
from grants.models import AuditEvent, IssuerCircuit
from grants.models.person import APPROVERS
from grants.models.template import Mint
from tests.factories import make_request, make_staff, make_version, make_world
from tests.races.story import Step, Story
from tests.windows import open_window

pytestmark = pytest.mark.django_db(transaction=True)
BATCHES, EACH = 8, 25
POOL = 24
KINDS = ("one group", "two groups", "on pickup", "window")
EDGES = {(move.event, move.source.value, move.target.value) for move in MOVES}


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(POOL) as threads:
        yield threads
        barrier = Barrier(POOL)
        for _ in range(POOL):
            threads.submit(hang_up, barrier)


def hang_up(barrier: Barrier) -> None:
    """Each thread once: it waits for all others before it closes its connection."""
    barrier.wait(timeout=30)
    connection.close()


def play(story: Story, pool: ThreadPoolExecutor) -> None:
    """All steps at once, each after a moment of its own; a refusal is an answer, anything else fails the test."""

    def take(step: Step, moment: float) -> None:
        time.sleep(moment)
        try:
            step()
        except GrantError:
            return

    steps = story.steps()
    story.luck.shuffle(steps)
    for done in [pool.submit(take, step, story.luck.random() / 40) for step in steps]:
        done.result(timeout=30)
    story.end()


def check(story: Story) -> str:
    """It is where its audit rows led, by allowed moves; and one person at most has seen one secret."""
    grant = story.grant
    where = State.REQUESTED.value
    rows = AuditEvent.objects.filter(subject=grant.reference).order_by("seq")
    moves = [(row.kind, json.loads(row.payload)["facts"]) for row in rows]
    for kind, facts in moves:
        if "to" in facts:
            assert (kind, where, facts["to"]) in EDGES
            where = facts["to"]
    assert where == grant.state, moves
    assert grant.state == State.REVOKED or grant.revoke_requested_at is None
    assert len(story.shown) == [kind for kind, _ in moves].count("grant.revealed") == (grant.revealed_at is not None)
    assert not grant.attempts.filter(outcome="pending").exists()
    assert grant.sealed.exclude(ciphertext=None).count() == (grant.state == State.ISSUED)
    assert {attempt.snapshot_hash for attempt in grant.attempts.all()} <= {grant.snapshot_hash}
    signed = grant.decisions.filter(snapshot_hash=grant.snapshot_hash, verdict="approve").values_list(
        "group", flat=True
    )
    assert grant.approved_at is None or set(grant.template_version.signers) <= set(signed)
    denied = {userid.rpartition(":")[2] for userid in grant.denials.values_list("userid", flat=True)}
    renewed = [facts["denied"] for kind, facts in moves if kind == "grant.renewed"]
    for attempt in grant.attempts.all():
        is_loose = attempt.outcome in {"unknown", "discarded"} or (grant.revealed_at and grant.state == State.REVOKED)
        is_loose = is_loose or any(f":{attempt.name}" in name for names in renewed for name in names)
        assert attempt.outcome == "failed" or (attempt.name in denied) == bool(is_loose), (attempt.name, denied)
    return where


@pytest.mark.parametrize("batch", range(BATCHES))
def test_every_interleaving_ends_in_a_reachable_state_with_a_complete_audit(
    batch: int, pool: ThreadPoolExecutor
) -> None:
    kind = KINDS[batch % len(KINDS)]
    world, ends = make_world(mint=Mint.ON_PICKUP if kind == "on pickup" else Mint.ON_APPROVAL), Counter[str]()
    if kind == "two groups":
        make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, signers={APPROVERS: 1, "security": 1})
        make_staff("sue", "security"), make_staff("sam", APPROVERS, "security")
    for number in range(EACH):
        if kind == "window":
            open_window(world)
        story = Story(world, make_request(world), random.Random(batch * EACH + number))
        play(story, pool)
        ends[check(story)] += 1
        IssuerCircuit.objects.all().delete()  # the next grant is a story of its own
    assert sum(ends.values()) == EACH
    assert len(ends) >= 3, ends  # threads do not repeat themselves, but luck that always ends alike is none
    assert not list(verify_chain(AuditEvent.objects.order_by("seq").iterator()))
    assert [
        (each.invariant.code, each.offences) for each in check_invariants(now=timezone.now()) if each.offences
    ] == []
