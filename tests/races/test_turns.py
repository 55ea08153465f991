"""One revoke worker at a time writes an issuer's Deny, and nobody else's lock keeps it from it."""

import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from grants import queries
from grants.flows.enforce import enforce_denials
from grants.gateways import iam
from grants.models import Denial, Lease, WideDenial
from grants.policies import LEASE
from grants.queries.leases import TAKE
from portal.privileges import WEB, WORKER
from tests.database import connect_as
from tests.factories import World, make_request, make_world

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    return make_world()


def want(world: World) -> Denial:
    grant, now = make_request(world).grant, timezone.now()
    entry = f"{grant.issuer.account_id}:dp-{grant.reference}-1"
    return Denial.objects.create(
        issuer=grant.issuer, grant=grant, userid=entry, wanted_at=now, due_at=now, session_ends_at=now + DAY
    )


def believe_iam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iam, "write_deny", lambda *, add, **_: frozenset(add))


def enforce(world: World) -> None:
    enforce_denials(issuer_id=world.issuer.pk, clock=timezone.now)


@contextmanager
def another_worker(key: str) -> Iterator[None]:
    """It has the turn; at the end its connection is gone without a word, as after kill -9."""

    def take() -> None:
        with connection.cursor() as cursor:
            cursor.execute(TAKE, [key, uuid4(), LEASE.total_seconds()])

    with ThreadPoolExecutor(1) as process:
        process.submit(take).result(timeout=10)
        try:
            yield
        finally:
            process.submit(hang_up).result(timeout=10)


def hang_up() -> None:
    """Of the thread that is in here, which has a connection of its own."""
    connection.close()


def is_denied() -> bool:
    return Denial.objects.filter(confirmed_at__isnull=False).exists()


def is_free(key: str) -> bool:
    with queries.only_one_for(key) as mine:
        return mine()


@pytest.mark.parametrize("role", [WEB, WORKER])
def test_who_only_signs_in_to_the_database_holds_up_no_deny(
    role: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    believe_iam(monkeypatch)
    want(world)
    with connect_as(role) as mallory:
        mallory.execute(f"SELECT pg_advisory_lock(hashtextextended('deny:{world.issuer.pk}', 0))")
        enforce(world)
    assert is_denied()


@pytest.mark.parametrize("act", ["SELECT * FROM grants_lease", "DELETE FROM grants_lease", "LOCK TABLE grants_lease"])
def test_the_web_role_takes_no_turn_and_no_lock_on_one(act: str) -> None:
    with connect_as(WEB) as mallory, mallory.transaction(), pytest.raises(psycopg.errors.InsufficientPrivilege):
        mallory.execute(act)


def test_while_another_worker_writes_nothing_is_written_and_once_it_is_killed_everything(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    believe_iam(monkeypatch)
    want(world)
    with another_worker(f"deny:{world.issuer.pk}"):
        enforce(world)
        assert not is_denied()
    deadline = time.monotonic() + 5
    while not is_denied() and time.monotonic() < deadline:  # PostgreSQL sees the end of the line in a moment
        enforce(world)
    assert is_denied()
    assert not Lease.objects.exists()


@pytest.mark.parametrize(
    "taken", [-LEASE - timedelta(seconds=1), timedelta(hours=1)], ids=["long ago", "in the future"]
)
def test_a_turn_that_lasts_too_long_is_over(taken: timedelta) -> None:
    with another_worker("a"):
        assert not is_free("a")
        assert is_free("b")
        Lease.objects.filter(key="a").update(taken_at=timezone.now() + taken)
        assert is_free("a")


def test_what_was_written_after_the_turn_was_over_is_not_believed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    denial = want(world)

    def write(*, add: Collection[str], **_: object) -> frozenset[str]:
        Lease.objects.update(holder=uuid4())
        return frozenset(add)

    monkeypatch.setattr(iam, "write_deny", write)
    enforce(world)
    denial.refresh_from_db()
    assert (denial.tries, is_denied()) == (0, False)
    Lease.objects.all().delete()
    believe_iam(monkeypatch)
    enforce(world)
    assert is_denied()


def test_a_row_that_somebody_holds_keeps_no_other_from_being_confirmed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Collection[str]] = []

    def write(*, add: Collection[str], **_: object) -> frozenset[str]:
        written.append(add)
        return frozenset(add)

    monkeypatch.setattr(iam, "write_deny", write)
    now = timezone.now()
    for entry in ("vendor=held", "vendor=next"):
        WideDenial.objects.create(
            issuer=world.issuer, entry=entry, reason="Stop.", wanted_at=now, due_at=now, session_ends_at=now + DAY
        )
    with connect_as(WEB) as mallory, mallory.transaction(), connection.cursor() as cursor:
        mallory.execute("SELECT FROM grants_widedenial WHERE entry = 'vendor=held' FOR UPDATE")
        cursor.execute("SET lock_timeout = '100ms'")
        enforce(world)
        cursor.execute("RESET lock_timeout")
    assert set(WideDenial.objects.exclude(confirmed_at=None).values_list("entry", flat=True)) == {"vendor=next"}
    assert len(written) == 1
    enforce(world)
    assert not WideDenial.objects.filter(confirmed_at=None).exists()


def test_whoever_holds_an_advisory_lock_does_not_stop_a_transaction_whose_turn_it_is() -> None:
    with connect_as(WEB) as mallory, transaction.atomic():
        mallory.execute("SELECT pg_advisory_lock(hashtextextended('session:1', 0))")
        queries.hold_turn("session:1")


def test_who_waits_for_a_turn_gets_it_with_the_others_commit() -> None:
    def hold(seconds: float) -> float:
        with transaction.atomic():
            queries.hold_turn("session:1")
            came = time.monotonic()
            time.sleep(seconds)
        hang_up()
        return came

    with ThreadPoolExecutor(2) as pool:
        first, second = sorted(each.result(timeout=20) for each in [pool.submit(hold, 0.3) for _ in range(2)])
    assert second - first > 0.25
