"""The page on which an approver names who stands in."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.utils import timezone

from grants.models import Deputy
from tests.factories import World, make_request, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def answers(world: World, **changes: str) -> dict[str, str]:
    day = timezone.now().date() + timedelta(days=5)
    return {"deputy": f"{world.bob.pk}:approvers", "until": f"{day}", **changes}


def test_from_the_empty_page_to_the_end(world: World) -> None:
    bea, bob = client_of(world.bea), client_of(world.bob)
    assert "Nobody stands in for you, and you stand in for nobody." in read(bea.get("/deputies/")).words
    assert "Bob stands in for you from now on" in read(bea.post("/deputies/", answers(world), follow=True)).words
    assert "stands in now" in read(bob.get("/deputies/")).words
    row = Deputy.objects.get()
    assert "Ended." in read(bob.post(f"/deputies/{row.pk}/end/", follow=True)).words
    assert "ended early" in read(bea.get("/deputies/")).words
    read(bea.post(f"/deputies/{row.pk}/end/"), HTTPStatus.CONFLICT)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"deputy": ""}, "id_deputy"),
        ({"deputy": "nobody:approvers"}, "id_deputy"),
        ({"until": ""}, "id_until"),
        ({"until": "soon"}, "id_until"),
        ({"until": "2020-01-01"}, "id_until"),
    ],
)
def test_what_is_wrong_stands_at_its_field(world: World, changes: dict[str, str], field: str) -> None:
    page = read(client_of(world.bea).post("/deputies/", answers(world, **changes)), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert set(page.error_links) == {field}
    assert not Deputy.objects.exists()


def test_card_and_story_name_both(world: World) -> None:
    client_of(world.bea).post("/deputies/", answers(world))
    grant, bob = make_request(world).grant, client_of(world.bob)
    assert (
        "You stand in for Bea: your decision names you both." in read(bob.get(f"/approvals/{grant.reference}/")).words
    )
    bob.post(f"/approvals/{grant.reference}/approve/", {"snapshot_hash": grant.snapshot_hash})
    assert "Bob for Bea" in read(bob.get(f"/approvals/{grant.reference}/")).words
    assert "Bob for Bea" in read(client_of(world.otto).get(f"/audit/{grant.reference}/")).words
