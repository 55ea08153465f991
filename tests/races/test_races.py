"""Races, with real threads on real PostgreSQL: one winner, and every loser on record."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from grants.audit import CLOCK, record_event, verify_chain
from grants.errors import GrantError
from grants.flows.approve import approve_grant
from grants.flows.deny import deny_grant
from grants.flows.issue.begin import begin_attempt
from grants.flows.reveal import reveal_credentials
from grants.flows.revoke import revoke_grant
from grants.flows.withdraw import withdraw_grant
from grants.models import AuditEvent, Decision, Grant, IssueAttempt, PickupLink, SealedCredential, User
from grants.values import Origin, Shown
from tests.factories import Issued, World, make_approved, make_issued, make_request, make_world

pytestmark = pytest.mark.django_db(transaction=True)
HERE = Origin("192.0.2.7", "curl/8")


@pytest.fixture
def world() -> Iterator[World]:
    yield make_world()
    assert not list(verify_chain(AuditEvent.objects.order_by("seq").iterator()))


def together(jobs: list[Callable[[], object]], *, at_once: int = 20) -> Counter[str]:
    """Run all jobs, ``at_once`` at the same moment; counts what came of them by state, or by the refusal's code."""
    barrier = Barrier(min(at_once, len(jobs)))

    def run(job: Callable[[], object]) -> str:
        close_old_connections()
        barrier.wait(timeout=30)
        try:
            job()
        except GrantError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(at_once) as pool:
        return Counter(pool.map(run, jobs))


def test_of_a_hundred_reveals_at_once_one_shows_the_secret(world: World) -> None:
    issued = make_issued(world)

    def reveal() -> object:
        return reveal_credentials(
            link_id=issued.link.pk, token=issued.token, shown=Shown(code=issued.code), origin=HERE, now=timezone.now()
        )

    assert together([reveal] * 100) == {"done": 1, "link_used": 99}
    assert AuditEvent.objects.filter(kind="grant.revealed").count() == 1
    assert AuditEvent.objects.filter(kind="link.refused").count() == 99
    assert SealedCredential.objects.get().ciphertext is None


def test_parallel_guesses_are_counted_one_by_one(world: World) -> None:
    issued = make_issued(world)

    def guess() -> object:
        return reveal_credentials(
            link_id=issued.link.pk, token=issued.token, shown=Shown(code="WRONGC0D"), origin=HERE, now=timezone.now()
        )

    assert together([guess] * 20) == {"wrong_code": 4, "link_locked": 16}
    assert PickupLink.objects.get().tries == 5


def test_a_right_code_in_a_volley_of_guesses_wins_only_before_the_fifth_wrong_one(world: World) -> None:
    """No lock is held while a code is looked at: what counts is which of the tries were written before."""
    ends: Counter[bool] = Counter()
    for _ in range(12):
        issued = make_issued(world)

        def try_code(code: str, issued: Issued = issued) -> Callable[[], object]:
            shown = Shown(code=code)
            return lambda: reveal_credentials(
                link_id=issued.link.pk, token=issued.token, shown=shown, origin=HERE, now=timezone.now()
            )

        came = together([*[try_code("WRONGC0D")] * 9, try_code(issued.code), *[try_code("WRONGC0D")] * 9], at_once=19)
        rows = AuditEvent.objects.filter(subject=issued.grant.reference).order_by("seq")
        wrong = [row.kind for row in rows if row.kind == "grant.revealed" or '"code":"wrong_code"' in row.payload]
        before = wrong.index("grant.revealed") if "grant.revealed" in wrong else 5
        assert (came["done"], came["wrong_code"], wrong.count("link.refused")) == (before < 5, min(before, 4), before)
        ends[before < 5] += 1
    assert ends[True], "the right code never came early: nothing was tried"


def test_two_approvers_at_once_approve_once(world: World) -> None:
    grant = make_request(world).grant

    def approve(by: User) -> Callable[[], object]:
        return lambda: approve_grant(
            reference=grant.reference,
            by=by,
            snapshot_hash=grant.snapshot_hash,
            now=timezone.now(),
        )

    assert together([approve(world.bob), approve(world.bea)]) == {"done": 1, "wrong_state": 1}
    assert Decision.objects.count() == 1


def test_a_double_click_approves_once(world: World) -> None:
    grant = make_request(world).grant

    def approve() -> object:
        return approve_grant(
            reference=grant.reference, by=world.bob, snapshot_hash=grant.snapshot_hash, now=timezone.now()
        )

    assert together([approve] * 6)["done"] == 1


def test_approve_deny_and_withdraw_at_once_end_in_one_of_them(world: World) -> None:
    for _ in range(5):
        grant = make_request(world).grant
        shared = {"reference": grant.reference, "now": timezone.now()}
        jobs: list[Callable[[], object]] = [
            lambda s=shared, g=grant: approve_grant(by=world.bob, snapshot_hash=g.snapshot_hash, **s),  # type: ignore[misc]  # mypy takes no default of a lambda's
            lambda s=shared, g=grant: deny_grant(by=world.bea, snapshot_hash=g.snapshot_hash, reason="No.", **s),  # type: ignore[misc]  # mypy takes no default of a lambda's
            lambda s=shared: withdraw_grant(by=world.carol, **s),  # type: ignore[misc]  # mypy takes no default of a lambda's
        ]
        assert together(jobs)["done"] == 1
        assert AuditEvent.objects.filter(subject=grant.reference).count() == 2


def test_fifty_doorbells_for_one_grant_make_one_attempt(world: World) -> None:
    grant = make_approved(world)
    begun: list[object] = []

    def ring() -> None:
        begun.append(begin_attempt(grant_id=grant.pk, now=timezone.now()))

    together([ring] * 50, at_once=25)
    assert len([each for each in begun if each]) == 1
    assert IssueAttempt.objects.count() == 1


def test_reveal_against_revoke_never_leaves_a_secret_that_nobody_denies(world: World) -> None:
    for _ in range(8):
        issued = make_issued(world)
        jobs: list[Callable[[], object]] = [
            lambda i=issued: reveal_credentials(  # type: ignore[misc]  # mypy takes no default of a lambda's
                link_id=i.link.pk, token=i.token, shown=Shown(code=i.code), origin=HERE, now=timezone.now()
            ),
            lambda i=issued: revoke_grant(  # type: ignore[misc]  # mypy takes no default of a lambda's
                reference=i.grant.reference, by=world.bob, reason="Stop.", now=timezone.now()
            ),
        ]
        together(jobs)
        grant = Grant.objects.get(pk=issued.grant.pk)
        assert grant.state == "revoked"
        assert grant.denials.exists() == (grant.revealed_at is not None)


def test_the_chain_has_no_gap_when_many_write_at_once(world: World) -> None:
    def write() -> None:
        with transaction.atomic():
            record_event(kind="test.happened", subject="REF", actor=CLOCK)

    together([write] * 60)
    assert AuditEvent.objects.filter(kind="test.happened").count() == 60
    assert world.bob.is_active


def test_an_event_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError):
        record_event(kind="test.happened", subject="REF", actor=CLOCK)
