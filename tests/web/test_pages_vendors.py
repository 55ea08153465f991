"""The vendor register's pages, and the terms that a contractor accepts on the way to a request."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from grants import queries
from grants.flows.approve import approve_grant
from grants.flows.request import extend_grant
from grants.flows.vendors import close_vendor
from grants.models import OutboxMail, TermsAcceptance, Vendor, VendorTerms
from grants.presenters.vendors import vendor_view
from tests.factories import HOUR, World, make_request, make_revealed, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def ada(world: World) -> Client:
    return client_of(world.ada)


def typed(world: World, **changes: str) -> dict[str, str]:
    ends = f"{timezone.now() + timedelta(days=90):%Y-%m-%d}"
    return {"name": world.vendor.name, "contract_ends": ends, **changes}


def terms_of(world: World) -> VendorTerms:
    text = "Delete the files afterwards."
    client_of(world.ada).post(f"/vendors/{world.vendor.slug}/edit/", typed(world, terms=text))
    return VendorTerms.objects.get(text=text)


def test_the_register_lists_state_contract_live_grants_and_hours(world: World, ada: Client) -> None:
    make_revealed(world, seconds=2 * HOUR)
    Vendor.objects.filter(pk=world.vendor.pk).update(month_hours=40)
    words = read(ada.get("/vendors/")).words
    assert "Acme Robotics Open in 364 days" in words
    assert "1 2 hours of 40 hours" in words
    assert "Mallory & Sons" in words


def test_a_grant_and_its_extension_are_one_live_grant_and_the_list_says_which_goes_on(
    world: World, ada: Client
) -> None:
    held = make_revealed(world)
    more = extend_grant(reference=held.reference, by=world.carol, now=timezone.now()).grant
    approve_grant(reference=more.reference, by=world.bob, snapshot_hash=more.snapshot_hash, now=timezone.now())
    assert [cell.text for cell in read(ada.get("/vendors/")).soup.select("td[data-label='Live grants']")] == ["1", "0"]
    goes_on = f"goes on when {held.reference} ends"
    assert goes_on in read(ada.get(f"/vendors/{world.vendor.slug}/")).words
    assert goes_on in read(client_of(world.bob).get("/grants/")).words
    revoke = read(ada.get(f"/vendors/{world.vendor.slug}/revoke/")).words
    assert "1 live grant Grant" in revoke
    assert more.reference in revoke


def test_an_empty_register_says_what_to_do_next(world: World, ada: Client) -> None:
    for person in (world.carol, world.mallory):
        person.delete()
    world.template.vendors.clear()
    Vendor.objects.all().delete()
    page = read(ada.get("/vendors/"))
    assert "There is no vendor yet" in page.words
    assert page.soup.select_one("a[href='/vendors/new/']")


def test_a_vendor_is_registered_and_shows_on_its_page(world: World, ada: Client) -> None:
    posted = typed(world, name="Beta Labs", domains="beta.example", sponsors=world.alice.email, month_hours="12")
    page = read(ada.post("/vendors/new/", posted, follow=True))
    assert "Beta Labs is registered" in page.words
    assert "none of 12 hours" in page.words
    assert "Alice" in page.words
    assert "Nobody yet." in page.words


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("contract_ends", "soon"), ("contract_ends", "2020-01-01"), ("domains", "gmail.com"),
     ("sponsors", "nobody@daypass.example"), ("month_hours", "0")],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    world: World, ada: Client, field: str, value: str
) -> None:
    page = read(ada.post("/vendors/new/", typed(world, name="Beta", terms="Be kind.") | {field: value}), 422)
    assert f"id_{field}" in page.error_links
    assert page.field("terms").get_text(strip=True) == "Be kind."
    assert not Vendor.objects.filter(slug="beta").exists()


def test_a_sponsor_reads_about_their_vendor_and_changes_nothing(world: World) -> None:
    world.vendor.sponsors.add(world.alice)
    alice = client_of(world.alice)
    page = read(alice.get(f"/vendors/{world.vendor.slug}/"))
    assert not page.soup.select("a[href$='/edit/'], a[href$='/close/'], a[href$='/revoke/']")
    assert "Mallory" not in read(alice.get("/vendors/")).words
    read(alice.get("/vendors/mallory/"), 404)


def test_closing_says_what_it_ends_then_does_it_and_shows_the_deny(world: World, ada: Client) -> None:
    grant, asked = make_revealed(world), make_request(world).grant
    there = f"/vendors/{world.vendor.slug}/close/"
    page = read(ada.get(there))
    assert grant.reference in page.words
    assert "id_reason" in read(ada.post(there, {}), 422).error_links
    page = read(ada.post(there, {"reason": "Bought by others.", "revoke": "on"}, follow=True))
    assert "This vendor is closed" in page.words
    assert "AWS refuses every session of this vendor" in page.words
    assert "Nobody of this vendor has access" in page.words
    grant.refresh_from_db()
    asked.refresh_from_db()
    assert (grant.state, asked.state) == ("revoked", "lapsed")
    assert OutboxMail.objects.filter(event="request_ended", to_address=world.carol.email).exists()


def test_a_vendor_opens_again_and_the_page_says_that_the_deny_stands(world: World, ada: Client) -> None:
    make_revealed(world)
    there = f"/vendors/{world.vendor.slug}"
    ada.post(f"{there}/close/", {"reason": "Over.", "revoke": "on"})
    assert "AWS still refuses every session" in read(ada.get(f"{there}/reopen/")).words
    page = read(ada.post(f"{there}/reopen/", {"reason": "A new contract."}, follow=True))
    assert "The vendor is open again" in page.words
    assert "AWS refuses every session of this vendor" in page.words


def test_a_shorter_contract_names_the_grants_that_go_on_after_it(world: World, ada: Client) -> None:
    grant = make_revealed(world, seconds=12 * HOUR)
    Vendor.objects.update(contract_ends_at=timezone.now() + timedelta(hours=2))
    page = read(ada.get(f"/vendors/{world.vendor.slug}/"))
    assert "1 grant ends after the contract" in page.words
    assert grant.reference in page.words


def test_an_act_on_a_vendor_that_is_closed_already_is_explained(world: World, ada: Client) -> None:
    close_vendor(slug=world.vendor.slug, by=world.ada, reason="Over.", now=timezone.now())
    read(ada.post(f"/vendors/{world.vendor.slug}/close/", {"reason": "Again."}), 409)
    read(ada.post(f"/vendors/{world.vendor.slug}/edit/", typed(world)), 409)


def test_a_contractor_reads_the_terms_at_sign_in_and_before_asking(world: World) -> None:
    terms = terms_of(world)
    carol = client_of(world.carol)
    answer = carol.get("/requests/new/acme-drop/")
    assert answer.headers["Location"] == "/terms/?next=%2Frequests%2Fnew%2Facme-drop%2F"
    page = read(carol.get(answer.headers["Location"]))
    assert terms.text in page.words
    assert "id_agree" in read(carol.post("/terms/", {"digest": terms.digest}), 422).error_links
    given = {"digest": terms.digest, "agree": "on", "next": "/requests/new/acme-drop/"}
    assert carol.post("/terms/", given).headers["Location"] == "/requests/new/acme-drop/"
    read(carol.get("/requests/new/acme-drop/"))
    assert TermsAcceptance.objects.get().user == world.carol
    view = vendor_view(world.ada, queries.vendor_for(world.ada, world.vendor.slug), timezone.now())
    assert [acceptance.user for acceptance in view.acceptances] == [world.carol]


def test_a_request_sent_before_the_terms_were_accepted_says_so_and_is_kept_one_page_back(world: World) -> None:
    carol = client_of(world.carol)
    terms_of(world)
    page = read(carol.post("/requests/new/acme-drop/send/", {"hours": "1"}), 403)
    assert page.soup.select_one("a[href='/terms/']")


def test_terms_that_changed_meanwhile_are_shown_and_not_accepted(world: World) -> None:
    terms_of(world)
    page = read(client_of(world.carol).post("/terms/", {"digest": "0" * 64, "agree": "on"}), 409)
    assert "The terms changed while you were reading them" in page.words
    assert not TermsAcceptance.objects.exists()


def test_the_way_on_after_the_terms_never_leads_elsewhere(world: World) -> None:
    terms = terms_of(world)
    given = {"digest": terms.digest, "agree": "on", "next": "https://evil.example/"}
    assert client_of(world.carol).post("/terms/", given).headers["Location"] == "/"
