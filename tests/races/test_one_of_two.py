"""Of two who do at once what may be done once, the later one is told so, in words; and nobody else waits for them."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from grants import policies
from grants.errors import FieldError
from grants.flows.approve import approve_grant
from grants.flows.issue import signed
from grants.flows.issue.begin import begin_attempt
from grants.flows.vendors import VendorFields, edit_vendor, register_vendor
from grants.models import Grant, Vendor
from grants.models.person import APPROVERS, TEMPLATE_ADMINS
from grants.policy.unsigned import UnsignedCaps
from tests.factories import World, make_approved, make_request, make_staff, make_world
from tests.races.test_one_statement import wait_for_somebody_waiting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def elsewhere() -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """Starts something on a connection of its own, which waits for no lock beyond a second."""

    def run(act: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it answers
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '1s'")
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        yield lambda act: pool.submit(run, act)


@pytest.mark.parametrize("verb", ["register", "edit"])
def test_of_two_vendors_of_one_name_the_later_is_told_to_take_another(
    world: World, elsewhere: Callable[[Callable[[], Any]], Any], verb: str
) -> None:
    now = timezone.now()
    fields = VendorFields(name="Beta Labs", contract_ends_at=now + timedelta(days=90))

    def save() -> Vendor:
        if verb == "register":
            return register_vendor(fields=fields, by=world.ada, now=now)
        return edit_vendor(slug=world.vendor.slug, fields=fields, by=world.ada, now=now)

    with transaction.atomic():
        Vendor.objects.create(name="BETA Labs", slug="beta", contract_ends_at=now + timedelta(days=9))
        late = elsewhere(save)
        wait_for_somebody_waiting()
    with pytest.raises(FieldError, match="a name that no other vendor has") as refused:
        late.result(timeout=20)
    assert refused.value.field == "name"
    assert Vendor.objects.filter(name__iexact="beta labs").count() == 1


def test_while_an_admin_is_being_removed_another_decides_and_no_other_is_removed(
    world: World, elsewhere: Callable[[Callable[[], Any]], Any]
) -> None:
    asked, adam = make_request(world).grant, make_staff("adam", APPROVERS, TEMPLATE_ADMINS)
    make_staff("abby", TEMPLATE_ADMINS)

    def approve() -> Grant:
        return approve_grant(reference=asked.reference, by=adam, snapshot_hash=asked.snapshot_hash, now=timezone.now())

    def remove() -> None:
        with transaction.atomic():
            policies.check_admins_left(adam)

    with transaction.atomic():
        policies.check_admins_left(world.ada)
        assert elsewhere(approve).result(timeout=20).state == "approved"
        with pytest.raises(OperationalError) as waited:
            elsewhere(remove).result(timeout=20)
    assert isinstance(waited.value.__cause__, psycopg.errors.LockNotAvailable)


def test_threads_that_count_at_once_do_not_exceed_what_may_be_issued_in_an_hour(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.UNSIGNED_APPROVALS = UnsignedCaps(hours=36, actions="any", per_hour=2)
    grants, count = [make_approved(world) for _ in range(6)], signed._issued_lately

    def count_slowly(now: datetime) -> int:
        found = count(now)
        time.sleep(0.05)
        return found

    def begin(grant: Grant) -> bool:
        try:
            return begin_attempt(grant_id=grant.pk, now=timezone.now()) is not None
        finally:
            connection.close()

    monkeypatch.setattr(signed, "_issued_lately", count_slowly)
    with ThreadPoolExecutor(6) as pool:
        begun = list(pool.map(begin, grants))
    assert begun.count(True) == 2
    refused = Grant.objects.filter(state="failed").values_list("failure_code", flat=True)
    assert list(refused) == ["unsigned_approval"] * 4
