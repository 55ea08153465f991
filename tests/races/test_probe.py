"""The probe of an open circuit belongs to one worker, however many come at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from grants.flows.issue.begin import begin_attempt
from grants.flows.issue.finish import finish_refused
from grants.gateways.sts_errors import KeysRefusedError
from grants.models import AuditEvent, Grant, IssuerCircuit, OutboxMail
from tests.factories import make_approved, make_world

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 12


def together(job: Callable[[Grant], object], grants: list[Grant]) -> None:
    barrier = Barrier(len(grants))

    def run(grant: Grant) -> None:
        barrier.wait(timeout=30)
        try:
            job(grant)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(grants)) as pool:
        list(pool.map(run, grants))


def meet_trouble(now: datetime) -> Callable[[Grant], None]:
    def job(grant: Grant) -> None:
        begun = begin_attempt(grant_id=grant.pk, now=now)
        if begun:
            finish_refused(begun=begun, error=KeysRefusedError(), now=now)

    return job


def test_a_crowd_that_meets_trouble_at_once_opens_it_once_and_tells_once() -> None:
    world = make_world()
    grants = [make_approved(world) for _ in range(CROWD)]
    together(meet_trouble(timezone.now()), grants)
    assert AuditEvent.objects.filter(kind="circuit.opened").count() == 1
    assert OutboxMail.objects.filter(event="issuer_trouble").count() == 1
    assert Counter(Grant.objects.values_list("state", "tries")) == {("approved", 0): CROWD}
    assert IssuerCircuit.objects.get().failures == 0


def test_of_a_crowd_one_probes_and_its_failure_is_counted_once() -> None:
    world = make_world()
    grants = [make_approved(world) for _ in range(CROWD)]
    now = timezone.now()
    meet_trouble(now)(grants[0])
    before = sum(grant.attempts.count() for grant in grants)
    together(meet_trouble(now + timedelta(seconds=31)), grants)
    assert sum(grant.attempts.count() for grant in grants) == before + 1
    assert IssuerCircuit.objects.get().failures == 1
