"""Two hundred random interleavings of everything that people and workers do to one grant at the same time."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from grants.audit import verify_chain
from grants.errors import GrantError
from grants.flows.approve import approve_grant
from grants.flows.check_invariants import check_invariants
from grants.flows.deny import deny_grant
from grants.flows.expire import expire_due
from grants.flows.issue.begin import begin_attempt
from grants.flows.issue.finish import finish_minted, finish_refused
from grants.flows.narrow import narrow_grant
from grants.flows.request import Requested
from grants.flows.reveal import Revealed, reveal_credentials
from grants.flows.revoke import revoke_grant
from grants.flows.withdraw import withdraw_grant
from grants.gateways.sts_errors import AnswerLostError, KeysRefusedError, PolicyTooLargeError, ThrottledError
from grants.lifecycle import MOVES, State
from grants.models import AuditEvent, Grant, IssuerCircuit, User
from grants.models.person import APPROVERS
from grants.policy.narrowed import Smaller
from grants.values import Origin, Shown
from tests.factories import World, mailed_token, make_minted, make_request, make_staff, make_version, make_world

pytestmark = pytest.mark.django_db(transaction=True)
BATCHES, EACH = 8, 25
POOL = 17
HERE = Origin("192.0.2.7", "curl/8")
TROUBLE = (AnswerLostError, KeysRefusedError, PolicyTooLargeError, ThrottledError)
EDGES = {(move.event, move.source.value, move.target.value) for move in MOVES}

Step = Callable[[], object]


@dataclass
class Story:
    """One grant, and the people and workers around it; ``shown`` are the secrets that came out."""

    world: World
    asked: Requested
    luck: random.Random
    shown: list[Revealed] = field(default_factory=list)

    @property
    def grant(self) -> Grant:
        return Grant.objects.get(pk=self.asked.grant.pk)

    def approve(self, by: User) -> Step:
        return lambda: self.sign(by, self.asked.grant.snapshot_hash)

    def deny(self) -> object:
        asked = self.asked.grant
        return deny_grant(
            reference=asked.reference,
            by=self.world.bea,
            snapshot_hash=asked.snapshot_hash,
            reason="No.",
            now=timezone.now(),
        )

    def narrow(self, by: User) -> Step:
        """From whatever it is by then to half an hour less; sometimes signed at once, as a page would."""
        wanted = Smaller(900 * self.luck.randint(1, 3), ("acme-drop",), "in/", ("s3:GetObject",))
        signs = self.luck.random() < 0.7

        def step() -> object:
            read = self.grant
            smaller = narrow_grant(
                reference=read.reference,
                by=by,
                snapshot_hash=read.snapshot_hash,
                wanted=wanted,
                reason="Less.",
                now=timezone.now(),
            )
            return signs and self.sign(by, smaller.snapshot_hash)

        return step

    def sign(self, by: User, snapshot_hash: str) -> Grant:
        return approve_grant(
            reference=self.asked.grant.reference, by=by, snapshot_hash=snapshot_hash, now=timezone.now()
        )

    def sign_what_is_there(self, by: User) -> Step:
        return lambda: self.sign(by, self.grant.snapshot_hash)

    def withdraw(self) -> None:
        withdraw_grant(reference=self.asked.grant.reference, by=self.world.carol, now=timezone.now())

    def revoke(self) -> object:
        return revoke_grant(reference=self.asked.grant.reference, by=self.world.bob, reason="Stop.", now=timezone.now())

    def issue(self) -> None:
        """A doorbell rung a few times, as the sweeper rings it; time runs faster for it, so that backoff passes."""
        for round_ in range(4):
            now = timezone.now() + timedelta(minutes=round_)
            begun = begin_attempt(grant_id=self.asked.grant.pk, now=now)
            time.sleep(self.luck.random() / 100)
            if begun and self.luck.random() < 0.25:
                finish_refused(begun=begun, error=self.luck.choice(TROUBLE)(), now=now)
            elif begun:
                minted = make_minted(begun.name, expiration=now + timedelta(seconds=begun.seconds))
                finish_minted(begun=begun, minted=minted, now=now)

    def reveal(self) -> None:
        """The recipient, who waits for the mail."""
        for _ in range(25):
            link = self.grant.links.first()
            if link:
                token, code = mailed_token(self.grant), self.asked.code_plaintext or ""
                shown = reveal_credentials(
                    link_id=link.pk, token=token, shown=Shown(code=code), origin=HERE, now=timezone.now()
                )
                assert isinstance(shown, Revealed)
                self.shown.append(shown)
                return
            time.sleep(0.002)

    def others(self) -> list[Step]:
        """Security signs too, where the template wants it: what it was, or what it is by then."""
        others = list(User.objects.filter(groups__name="security"))
        return [step for by in others for step in (self.approve(by), self.sign_what_is_there(by))]

    def steps(self) -> list[Step]:
        """Somebody approves and workers work; the rest depends on luck."""
        sure: list[Step] = [self.approve(self.world.bob), self.issue, self.issue, self.reveal]
        maybe: list[tuple[float, Step]] = [
            (0.5, self.revoke),
            (0.3, self.revoke),
            (0.4, self.reveal),
            (0.3, self.deny),
            (0.3, self.withdraw),
            (0.5, self.approve(self.world.bea)),
            (0.3, lambda: expire_due(now=timezone.now())),
            (0.3, self.narrow(self.world.bea)),
            (0.2, self.narrow(self.world.bob)),
            *[(0.8, step) for step in self.others()],
        ]
        return sure + [step for chance, step in maybe if self.luck.random() < chance]


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
    for attempt in grant.attempts.all():
        is_loose = attempt.outcome in {"unknown", "discarded"} or (grant.revealed_at and grant.state == State.REVOKED)
        assert attempt.outcome == "failed" or (attempt.name in denied) == bool(is_loose), (attempt.name, denied)
    return where


@pytest.mark.parametrize("batch", range(BATCHES))
def test_every_interleaving_ends_in_a_reachable_state_with_a_complete_audit(
    batch: int, pool: ThreadPoolExecutor
) -> None:
    world, ends = make_world(), Counter[str]()
    if batch % 2:
        make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, signers={APPROVERS: 1, "security": 1})
        make_staff("sue", "security"), make_staff("sam", APPROVERS, "security")
    for number in range(EACH):
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
