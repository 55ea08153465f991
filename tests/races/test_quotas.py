"""Limits hold when many ask at once, and nothing slips in while a vendor closes or a person is frozen."""

from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from grants import queries
from grants.audit import verify_chain
from grants.errors import WrongStateError
from grants.flows.people import freeze_person
from grants.flows.request import extend_grant
from grants.flows.revoke import revoke_grant
from grants.flows.set_rule import set_rule
from grants.flows.vendors import close_vendor
from grants.models import AuditEvent, Grant, User, Vendor
from tests.factories import HOUR, World, make_contractor, make_request, make_revealed, make_world
from tests.races.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    yield make_world()
    assert not list(verify_chain(AuditEvent.objects.order_by("seq").iterator()))


def limit(world: World, **limits: int | None) -> None:
    given = {"template_id": None, "live_max": None, "daily_max": None, **limits}
    set_rule(by=world.ada, now=timezone.now(), escalate_to="", **given)  # type: ignore[arg-type]  # one dict of several types


def ask(world: World, by: User, seconds: int = HOUR) -> Callable[[], object]:
    return lambda: make_request(world, by=User.objects.select_related("vendor").get(pk=by.pk), seconds=seconds)


def test_of_many_requests_at_once_as_many_are_saved_as_one_person_may_have(world: World) -> None:
    limit(world, live_max=3)
    assert together([ask(world, world.carol)] * 12) == {"done": 3, "bad_value": 9}
    assert Grant.objects.count() == 3


def test_of_many_people_at_once_as_many_get_through_as_the_template_allows(world: World) -> None:
    limit(world, template_id=world.template.pk, live_max=4)  # type: ignore[arg-type]  # one dict of several types
    people = [make_contractor(f"c{number}", world.vendor) for number in range(10)]
    assert together([ask(world, person) for person in people]) == {"done": 4, "bad_value": 6}


def test_a_vendors_hours_are_spent_once(world: World) -> None:
    Vendor.objects.filter(pk=world.vendor.pk).update(month_hours=5)
    people = [make_contractor(f"c{number}", world.vendor) for number in range(8)]
    assert together([ask(world, person, 2 * HOUR) for person in people]) == {"done": 2, "bad_value": 6}


def test_several_limits_at_once_wait_in_no_circle(world: World) -> None:
    limit(world, live_max=2)
    limit(world, template_id=world.template.pk, daily_max=6)  # type: ignore[arg-type]  # one dict of several types
    Vendor.objects.filter(pk=world.vendor.pk).update(month_hours=100)
    people = [make_contractor(f"c{number}", world.vendor) for number in range(5)]
    assert together([ask(world, person) for person in people * 3])["done"] == 6


def test_what_is_revoked_while_its_extension_is_asked_for_is_not_extended(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(world, live_max=1)
    held, read = make_revealed(world), queries.grant_for_requester

    def read_and_then_lose(by: User, reference: str) -> Grant:
        grant = read(by, reference)
        revoke_grant(reference=reference, by=world.bob, reason="Not any more.", now=timezone.now())
        make_request(world)
        return grant

    monkeypatch.setattr(queries, "grant_for_requester", read_and_then_lose)
    with pytest.raises(WrongStateError):
        extend_grant(reference=held.reference, by=world.carol, now=timezone.now())
    assert Grant.objects.filter(state="requested").count() == 1


def test_no_request_slips_in_while_its_vendor_closes(world: World) -> None:
    def close() -> object:
        return close_vendor(slug=world.vendor.slug, by=world.ada, reason="Over.", now=timezone.now())

    people = [make_contractor(f"c{number}", world.vendor) for number in range(10)]
    together([*(ask(world, person) for person in people[:5]), close, *(ask(world, person) for person in people[5:])])
    assert not Grant.objects.exclude(state="lapsed").exists()


def test_no_request_slips_in_while_its_person_is_frozen(world: World) -> None:
    def freeze() -> object:
        return freeze_person(user_id=world.carol.pk, by=world.bob, reason="Stolen.", now=timezone.now())

    together([*[ask(world, world.carol)] * 5, freeze, *[ask(world, world.carol)] * 5])
    assert not Grant.objects.exclude(state="lapsed").exists()
