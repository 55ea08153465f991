"""Sixty and two hundred revocations at once, with several revoke workers, against the stand-in over HTTP."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from grants.flows.enforce import enforce_denials
from grants.flows.reveal import reveal_credentials
from grants.flows.revoke import revoke_grant
from grants.models import AuditEvent, Denial, Grant
from grants.values import Origin, Shown
from portal.embedded.aws import RunningAws
from tests.factories import World, make_issued, make_world
from tests.flows.denied import denied_at

pytest_plugins = ["tests.embedded.aws_fixtures", "tests.flows.aws_workers"]
pytestmark = pytest.mark.django_db(transaction=True)
HERE = Origin("192.0.2.7", "curl/8")


def make_revealed(world: World) -> Grant:
    issued = make_issued(world)
    reveal_credentials(
        link_id=issued.link.pk, token=issued.token, shown=Shown(code=issued.code), origin=HERE, now=timezone.now()
    )
    return issued.grant


def at_once(jobs: list[Callable[[], object]]) -> None:
    def run(job: Callable[[], object]) -> None:
        try:
            job()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(run, job) for job in jobs]:
            done.result(timeout=100)


@pytest.mark.parametrize("count", [60, 200])
def test_revocations_at_once_are_all_confirmed_and_all_lifted(workers: RunningAws, count: int) -> None:
    world = make_world()
    grants = [make_revealed(world) for _ in range(count)]

    def revoke(reference: str) -> Callable[[], object]:
        return lambda: revoke_grant(reference=reference, by=world.bob, reason="Stop.", now=timezone.now())

    def work() -> None:
        enforce_denials(issuer_id=world.issuer.pk, clock=timezone.now)

    jobs: list[Callable[[], object]] = []
    for grant in grants:
        jobs += [revoke(grant.reference), work]  # each revocation rings; most rings find a worker at it
    at_once(jobs)
    work()  # the sweeper's ring, for what came in as the last worker left
    assert Counter(Grant.objects.values_list("state", flat=True)) == {"revoked": count}
    assert Denial.objects.filter(confirmed_at__isnull=False, last_error="").count() == count
    assert denied_at(workers) == set(Denial.objects.values_list("userid", flat=True))
    over = timezone.now() + timedelta(hours=1, minutes=16)
    enforce_denials(issuer_id=world.issuer.pk, clock=lambda: over)
    assert denied_at(workers) == frozenset()
    kinds = Counter(AuditEvent.objects.filter(kind__startswith="denial.").values_list("kind", flat=True))
    assert kinds == {"denial.confirmed": count, "denial.lifted": count}
