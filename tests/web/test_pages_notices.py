"""The page on which everybody chooses their mails."""

import pytest

from grants.models import NoticeChoice
from tests.factories import World, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("bob", {"to_decide", "escalated", "decided"}),
        ("ada", {"escalated", "my_requests", "endings"}),
        ("carol", {"my_requests", "endings"}),
        ("otto", set()),
    ],
)
def test_everybody_is_offered_the_mails_they_can_get(world: World, who: str, offered: set[str]) -> None:
    page = read(client_of(getattr(world, who)).get("/notifications/"))
    assert {box["name"] for box in page.soup.select("input[type=checkbox]")} == offered
    assert "These cannot be switched off" in page.words


def test_what_was_chosen_is_kept_and_shown(world: World) -> None:
    bob = client_of(world.bob)
    page = read(bob.post("/notifications/", {"decided": "on"}, follow=True))
    assert "Saved" in page.words
    assert [box["name"] for box in page.soup.select("input[checked]")] == ["decided"]
    assert NoticeChoice.objects.get(user=world.bob, family="to_decide").by_mail is False


def test_the_account_pages_lead_there(world: World) -> None:
    assert read(client_of(world.bob).get("/accounts/2fa/")).soup.select_one("a[href='/notifications/']")
    assert read(client_of(world.carol).get("/accounts/2fa/")).soup.select_one("a[href='/notifications/']")
