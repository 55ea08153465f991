"""A window's ceiling holds when many ask at once, and nothing slips in while it closes."""

from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from grants.audit import verify_chain
from grants.flows.windows import close_window
from grants.models import AuditEvent, Grant, User
from tests.factories import World, make_contractor, make_request, make_world
from tests.races.test_races import together
from tests.windows import open_window

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    yield make_world()
    assert not list(verify_chain(AuditEvent.objects.order_by("seq").iterator()))


def ask(world: World, by: User) -> Callable[[], object]:
    return lambda: make_request(world, by=User.objects.select_related("vendor").get(pk=by.pk))


def test_of_many_requests_at_once_as_many_are_approved_as_the_window_has_room_for(world: World) -> None:
    people = [world.carol, *(make_contractor(f"c{number}", world.vendor) for number in range(3))]
    open_window(world, grants_max=5, recipients=tuple(each.pk for each in people))
    assert together([ask(world, each) for each in people * 4]) == {"done": 16}
    assert Grant.objects.filter(state="approved").count() == 5
    assert Grant.objects.filter(state="requested", window=None).count() == 11


def test_no_request_slips_in_while_its_window_closes(world: World) -> None:
    window = open_window(world, grants_max=20)

    def close() -> object:
        return close_window(reference=window.reference, by=world.bea, reason="Done.", now=timezone.now())

    together([*[ask(world, world.carol)] * 5, close, *[ask(world, world.carol)] * 5])
    assert set(Grant.objects.exclude(window=None).values_list("state", flat=True)) <= {"revoked"}
    assert set(Grant.objects.filter(window=None).values_list("state", flat=True)) <= {"requested"}
