"""The page that stops a person, lists what they still hold and takes it away."""

import pytest
from django.utils import timezone

from grants.flows.people import freeze_person
from grants.models import User
from grants.models.person import APPROVERS
from tests.factories import World, make_request, make_revealed, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db
WHY = {"reason": "Her laptop was stolen."}


@pytest.fixture
def world() -> World:
    return make_world()


def page_of(user: User) -> str:
    return f"/people/{user.pk}/freeze/"


def test_an_approver_freezes_from_the_active_grants_and_revokes_what_is_left(world: World) -> None:
    grant = make_revealed(world)
    bob = client_of(world.bob)
    assert read(bob.get("/grants/")).soup.select_one(f"a[href='{page_of(world.carol)}']")
    assert "1 live grant that they hold" in read(bob.get(page_of(world.carol))).words
    page = read(bob.post(page_of(world.carol), WHY, follow=True))
    assert "carol@acme-robotics.example is frozen" in page.words
    assert grant.reference in page.words
    form = {"references": [grant.reference], **WHY}
    page = read(bob.post(f"/people/{world.carol.pk}/held/", form, follow=True))
    assert "1 grant is revoked" in page.words
    assert "works any more" in page.words


def test_the_page_says_which_undecided_requests_bore_the_signature_and_the_card_that_it_is_void() -> None:
    world = make_world(signers={APPROVERS: 2})
    grant, bea = make_request(world).grant, client_of(world.bea)
    client_of(world.bob).post(f"/approvals/{grant.reference}/approve/", {"snapshot_hash": grant.snapshot_hash})
    assert "1 undecided request that they have signed." in read(bea.get(page_of(world.bob))).words
    page = read(bea.post(page_of(world.bob), WHY, follow=True))
    assert "signature on them is void, also after they are let back in" in page.words
    assert grant.reference in page.words
    card = read(bea.get(f"/approvals/{grant.reference}/")).words
    assert "whoever signed was frozen since" in card
    assert "Nobody has signed yet; 2 of approvers have to" in card


def test_a_frozen_contractors_open_page_is_over_at_the_next_click(world: World) -> None:
    carol = client_of(world.carol)
    read(carol.get("/requests/"))
    freeze_person(user_id=world.carol.pk, by=world.bob, reason="Stolen.", now=timezone.now())
    assert carol.get("/requests/").headers["Location"].startswith("/accounts/login/")


def test_without_a_reason_or_a_choice_it_is_said_at_the_field(world: World) -> None:
    make_revealed(world)
    bob = client_of(world.bob)
    assert "id_reason" in read(bob.post(page_of(world.carol), {"reason": ""}), 422).error_links
    bob.post(page_of(world.carol), WHY)
    page = read(bob.post(f"/people/{world.carol.pk}/held/", {"reason": "x"}), 422)
    assert "id_references_0" in page.error_links
    assert page.soup.select_one("#id_references_0")


def test_the_people_page_lists_who_is_frozen_and_leads_to_letting_them_back_in(world: World) -> None:
    make_request(world)
    ada = client_of(world.ada)
    for user in (world.carol, world.bea):
        ada.post(page_of(user), WHY)
    page = read(ada.get("/people/"))
    assert [tag.get_text(strip=True) for tag in page.soup.select(".tag-bad")] == ["frozen", "frozen"]
    page = read(ada.get(page_of(world.bea)))
    link = page.soup.select_one("a[href*='kind=thaw']")
    assert link is not None
    chosen = read(ada.get(str(link["href"]))).soup.select_one("input[name=kind][checked]")
    assert chosen is not None
    assert chosen["value"] == "thaw"


def test_somebody_whose_account_is_closed_is_not_there(world: World) -> None:
    User.objects.filter(pk=world.carol.pk).update(is_active=False, left_at=timezone.now())
    read(client_of(world.bob).get(page_of(world.carol)), 404)
