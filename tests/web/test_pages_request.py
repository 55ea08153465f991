"""The contractor's pages: ask, check, send, follow, withdraw."""

import uuid
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from grants.flows.revoke import revoke_grant
from grants.lifecycle import State
from grants.models import Grant
from grants.templatetags.daypass import iso
from tests.factories import REASON, World, make_issued, make_request, make_staff, make_version, make_world
from tests.web.pages import client_of, read
from tests.web.signing_in import let_sessions_end

pytestmark = pytest.mark.django_db

FORM = "/requests/new/acme-drop/"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def carol(world: World) -> Client:
    return client_of(world.carol)


def answers(**changes: str) -> dict[str, str]:
    return {"hours": "1.5", "reason": REASON, "key": str(uuid.uuid4()), **changes}


def end_in_list(client: Client) -> str:
    moment = read(client.get("/requests/")).soup.select_one("td[data-label='End'] time")
    assert moment
    return str(moment["datetime"])


def test_a_contractor_reads_in_words_what_they_may_ask_for(carol: Client) -> None:
    page = read(carol.get("/requests/new/"))
    assert "List, read and write files under s3://acme-drop/in/ for up to 12 hours." in page.words


def test_a_template_of_another_vendor_looks_like_none(world: World) -> None:
    mallory = client_of(world.mallory)
    assert "Nothing is open to your company" in read(mallory.get("/requests/new/")).words
    read(mallory.get(FORM), HTTPStatus.NOT_FOUND)


def test_hours_are_offered_in_quarter_hours_from_shortest_to_longest(carol: Client) -> None:
    options = [option["value"] for option in read(carol.get(FORM)).field("hours").find_all("option")]
    assert options[:3] == ["0.25", "0.5", "0.75"]
    assert options[-1] == "12"


def test_an_error_stands_at_its_field_in_the_summary_and_in_the_title(carol: Client) -> None:
    page = read(carol.post(f"{FORM}check/", answers(reason="")), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.title.startswith("Error:")
    assert page.error_links == {"id_reason": "Say what you need the access for."}
    reason = page.field("reason")
    assert reason["aria-invalid"] == "true"
    assert page.soup.find(id=str(reason["aria-describedby"]).split()[-1])


def test_a_refusal_of_the_flow_stands_at_its_field_too(carol: Client) -> None:
    page = read(carol.post(f"{FORM}check/", answers(reason="because")), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.error_links["id_reason"].startswith("Say in at least ten characters")


def test_hours_beyond_the_template_are_refused_at_their_field(carol: Client) -> None:
    page = read(carol.post(f"{FORM}check/", answers(hours="36")), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert set(page.error_links) == {"id_hours"}


def test_a_ticket_is_asked_for_only_where_the_template_wants_one(world: World, carol: Client) -> None:
    assert read(carol.get(FORM)).soup.select_one("[name=ticket]") is None
    make_version(
        issuer=world.issuer, by=world.ada, vendor=world.vendor, ticket_pattern="OPS-[0-9]+", ticket_hint="like OPS-1"
    )
    assert "like OPS-1" in read(carol.get(FORM)).words
    page = read(carol.post(f"{FORM}check/", answers(ticket=".")), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert "like OPS-1" in page.error_links["id_ticket"]


def test_checking_the_answers_saves_nothing_and_quotes_what_was_typed(carol: Client) -> None:
    page = read(carol.post(f"{FORM}check/", answers(reason="Deliver <b>logs</b> today")))
    assert page.soup.select_one(".typed").get_text(strip=True) == "Deliver <b>logs</b> today"  # type: ignore[union-attr]  # None fails the test as well
    assert "for up to 1 hour 30 minutes" in page.words
    assert not Grant.objects.exists()


def test_going_back_from_the_check_keeps_what_was_typed(carol: Client) -> None:
    page = read(carol.post(FORM, answers(reason="Deliver the logs")))
    assert page.field("reason").get_text(strip=True) == "Deliver the logs"
    assert page.field("hours").find("option", selected=True)["value"] == "1.5"  # type: ignore[index]  # None fails the test as well


def test_the_pickup_code_is_shown_once_in_the_answer_to_the_post(carol: Client) -> None:
    sent = answers()
    page = read(carol.post(f"{FORM}send/", sent))
    grant = Grant.objects.get()
    code = page.soup.find(id="pickup-code")
    assert code is not None
    assert len(code.get_text(strip=True).replace("-", "")) == 8
    assert grant.reference in page.words
    assert code.get_text(strip=True) not in read(carol.get(f"/requests/{grant.reference}/")).words


def test_the_same_form_sent_twice_is_one_request(carol: Client) -> None:
    sent = answers()
    read(carol.post(f"{FORM}send/", sent))
    page = read(carol.post(f"{FORM}send/", sent), HTTPStatus.CONFLICT)
    assert "sent already" in page.words
    assert Grant.objects.count() == 1


def test_a_form_that_was_refused_can_be_sent_again(carol: Client) -> None:
    sent = answers(reason="because")
    read(carol.post(f"{FORM}send/", sent), HTTPStatus.UNPROCESSABLE_ENTITY)
    read(carol.post(f"{FORM}send/", sent | {"reason": REASON}))
    assert Grant.objects.count() == 1


def test_the_status_page_says_where_the_request_is(world: World, carol: Client) -> None:
    grant = make_request(world).grant
    page = read(carol.get(f"/requests/{grant.reference}/"))
    assert "Waiting for a decision" in page.words
    assert "An approver decides" in page.words
    assert page.soup.select_one("time[datetime][data-local]")


def test_somebody_elses_request_looks_like_none(world: World) -> None:
    grant = make_request(world).grant
    page = read(client_of(world.mallory).get(f"/requests/{grant.reference}/"), HTTPStatus.NOT_FOUND)
    assert grant.reference not in page.words


def test_a_request_is_withdrawn_by_post_alone(world: World, carol: Client) -> None:
    grant = make_request(world).grant
    read(carol.get(f"/requests/{grant.reference}/withdraw/"), HTTPStatus.METHOD_NOT_ALLOWED)
    page = read(carol.post(f"/requests/{grant.reference}/withdraw/", follow=True))
    grant.refresh_from_db()
    assert grant.state == State.WITHDRAWN
    assert "Your request is withdrawn" in page.words


def test_the_list_says_when_a_request_was_over_and_not_when_it_would_have_been(world: World, carol: Client) -> None:
    grant = make_issued(world).grant
    assert end_in_list(carol) == iso(grant.ends_at)
    revoke_grant(reference=grant.reference, by=world.bob, reason="The work is done.", now=timezone.now())
    grant.refresh_from_db()
    assert end_in_list(carol) == iso(grant.state_at) != iso(grant.ends_at)
    page = read(carol.get(f"/requests/{grant.reference}/"))
    assert "The reason is in the timeline." in page.words
    assert "The work is done." in page.words


def test_what_is_undecided_has_no_end_yet(world: World, carol: Client) -> None:
    make_request(world)
    assert "not issued yet" in read(carol.get("/requests/")).words


def test_staff_cannot_ask(world: World) -> None:
    read(client_of(world.bob).get("/requests/new/"), HTTPStatus.FORBIDDEN)


def test_a_form_of_an_expired_session_waits_until_the_person_is_back(carol: Client) -> None:
    let_sessions_end()
    response = carol.post(f"{FORM}check/", answers(), headers={"Referer": f"http://testserver{FORM}"})
    assert response.headers["Location"].startswith("/accounts/login/?next=%2Faccounts%2Fagain%2F")
    (kept,) = carol.session["kept_forms"].values()
    assert kept["page"] == FORM


def test_a_foreign_referer_leads_nowhere(carol: Client) -> None:
    let_sessions_end()
    carol.post(f"{FORM}check/", answers(), headers={"Referer": "https://evil.example/trap/"})
    (kept,) = carol.session["kept_forms"].values()
    assert kept["page"] == "/"


def test_home_shows_each_role_its_own_ways(world: World, carol: Client) -> None:
    assert "Ask for access" in read(carol.get("/")).words
    assert "Waiting for your decision." in read(client_of(world.bob).get("/")).words
    assert "whole story" in read(client_of(world.otto).get("/")).words
    assert "signed by whom" in read(client_of(world.ada).get("/")).words


def test_home_shows_the_first_few_of_what_each_role_looks_at(world: World, carol: Client) -> None:
    bob, otto, ada = (client_of(user) for user in (world.bob, world.otto, world.ada))
    empty = [read(browser.get("/")).words for browser in (bob, otto, ada)]
    for words, sentence in zip(empty, ("Nothing waits", "Nobody has asked", "No change of an account"), strict=True):
        assert sentence in words
    reference = make_request(world).grant.reference
    ending = make_issued(world).grant.reference
    assert read(bob.get("/")).soup.select_one(f"a[href='/approvals/{reference}/']")
    assert read(bob.get("/")).soup.select_one(f"a[href='/approvals/{ending}/']")
    assert read(otto.get("/")).soup.select_one(f"a[href='/audit/{reference}/']")
    assert not read(carol.get("/")).soup.select("a[href^='/approvals/']")


def test_home_tells_somebody_without_a_role_whom_to_ask() -> None:
    stray = client_of(make_staff("sam"))
    assert "Ask an administrator" in read(stray.get("/")).words


def test_a_failed_send_can_be_sent_again(world: World, carol: Client) -> None:
    data = answers()
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE grants_auditevent ADD CONSTRAINT broken CHECK (kind <> 'grant.requested') NOT VALID"
        )
    carol.raise_request_exception = False
    assert carol.post(f"{FORM}send/", data).status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE grants_auditevent DROP CONSTRAINT broken")
    assert "pickup code" in read(carol.post(f"{FORM}send/", data)).words
    assert world.carol.requested_grants.count() == 1


def test_a_sponsor_says_first_for_whom_and_then_asks_step_by_step(world: World) -> None:
    world.vendor.sponsors.add(world.alice)
    alice, query = client_of(world.alice), f"?for={world.carol.pk}"
    assert f"/requests/new/{query}" in alice.get("/requests/new/").content.decode()
    assert "What does Carol need?" in read(alice.get(f"/requests/new/{query}")).words
    assert "You ask for Carol" in read(alice.get(f"{FORM}{query}")).words
    check = alice.post(f"{FORM}check/{query}", answers())
    assert f"{FORM}send/{query}" in check.content.decode()
    sent = read(alice.post(f"{FORM}send/{query}", answers()))
    assert "Tell Carol the code by telephone or face to face" in sent.words
    grant = Grant.objects.get()
    assert (grant.requester, grant.recipient) == (world.alice, world.carol)
    assert grant.reference in read(alice.get("/requests/")).words


def test_a_sponsor_without_people_is_told_whom_to_invite(world: World) -> None:
    world.vendor.sponsors.add(world.alice)
    world.carol.waiting_since = world.carol.created_at
    world.carol.save()
    page = read(client_of(world.alice).get("/requests/new/"))
    assert "None of your vendors' people has an account yet." in page.words


@pytest.mark.parametrize("path", ["/requests/new/", FORM])
def test_somebody_elses_contractor_looks_like_none(world: World, path: str) -> None:
    world.vendor.sponsors.add(world.alice)
    alice = client_of(world.alice)
    for foreign in (world.mallory.pk, uuid.uuid4(), "no-uuid"):
        read(alice.get(f"{path}?for={foreign}"), HTTPStatus.NOT_FOUND)
