"""The pages on which limits are set, and where a contractor meets one."""

import pytest

from tests.factories import World, make_request, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def test_limits_are_listed_set_and_listed_again(world: World) -> None:
    ada = client_of(world.ada)
    words = read(ada.get("/limits/")).words
    assert words.count("no limit") == 4
    assert "whatever they ask for no limit no limit as the template says" in words
    page = read(ada.post("/limits/person/", {"live_max": "2", "daily_max": ""}, follow=True))
    assert "Each person, whatever they ask for 2 no limit" in page.words
    page = read(ada.post("/limits/templates/acme-drop/", {"daily_max": "9", "escalate_to": "approvers"}, follow=True))
    assert "Acme drop no limit 9 approvers" in page.words


def test_a_limit_that_is_none_is_refused_at_its_field(world: World) -> None:
    page = read(client_of(world.ada).post("/limits/person/", {"live_max": "0", "daily_max": "many"}), 422)
    assert set(page.error_links) == {"id_live_max", "id_daily_max"}


def test_a_contractor_reads_what_is_in_use_before_sending_and_loses_nothing_typed(world: World) -> None:
    client_of(world.ada).post("/limits/person/", {"live_max": "1"})
    reference = make_request(world).grant.reference
    typed = {"hours": "1", "reason": "Deliver the November robot logs.", "key": "0fc7f4a2-6a3d-4b9e-9d43-3f0b6d5f1a10"}
    page = read(client_of(world.carol).post("/requests/new/acme-drop/check/", typed), 422)
    assert f"You have 1 of 1 in use or asked for: {reference} waits for a decision" in page.words
    assert page.field("reason").get_text(strip=True) == typed["reason"]
