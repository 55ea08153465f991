"""A question before a decision: asked on the card, answered on the request's page, seen by everybody who decides."""

from http import HTTPStatus

import pytest
from django.test import Client

from grants.models import Grant, Question
from tests.factories import World, make_request, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db
WORDS = "Why do you need to write? <b>\u202e"
SAID = "For a marker beside each file."


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def bob(world: World) -> Client:
    return client_of(world.bob)


@pytest.fixture
def grant(world: World) -> Grant:
    return make_request(world).grant


def ask(client: Client, grant: Grant, question: str = WORDS) -> None:
    read(client.post(f"/approvals/{grant.reference}/ask/", {"question": question}, follow=True))


def rows_of(client: Client, query: str = "") -> str:
    return " ".join(row.get_text() for row in read(client.get(f"/approvals/{query}")).soup.select("tbody tr"))


def answer_path(grant: Grant) -> str:
    return f"/requests/{grant.reference}/questions/{Question.objects.get().pk}/"


def test_a_question_is_asked_and_answered_and_stands_on_both_pages(world: World, bob: Client, grant: Grant) -> None:
    ask(bob, grant)
    carol = client_of(world.carol)
    assert "a question for you" in read(carol.get("/requests/")).words
    page = read(carol.get(f"/requests/{grant.reference}/"))
    assert "Why do you need to write? <b>[U+202E]" in page.words
    assert "Asked by an approver" in page.words
    page = read(carol.post(answer_path(grant), {"answer": SAID}, follow=True))
    assert "Your answer is with the approvers" in page.words
    assert SAID in page.words
    card = read(client_of(world.bea).get(f"/approvals/{grant.reference}/")).words
    assert "Asked by Bob" in card
    assert f"{SAID} Answered by Carol" in card


def test_the_queue_says_what_is_asked_and_what_is_answered_and_finds_it(
    world: World, bob: Client, grant: Grant
) -> None:
    other = make_request(world).grant
    ask(bob, grant)
    assert "question open" in rows_of(bob)
    found = rows_of(bob, "?flag=asked")
    assert (grant.reference in found, other.reference in found) == (True, False)
    client_of(world.carol).post(answer_path(grant), {"answer": SAID})
    found = rows_of(bob, "?flag=answered")
    assert "question answered" in found
    assert "Nothing here matches" in read(bob.get("/approvals/?flag=asked")).words


@pytest.mark.parametrize("typed", ["", "Why?", "x" * 501])
def test_a_question_that_will_not_do_is_said_at_its_field_and_kept(bob: Client, grant: Grant, typed: str) -> None:
    answer = bob.post(f"/approvals/{grant.reference}/ask/", {"question": typed})
    page = read(answer, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert set(page.error_links) == {"id_question"}
    assert page.field("question").get_text().strip() == typed
    assert page.title.startswith("Error:")


def test_an_answer_that_will_not_do_is_said_at_its_own_field(world: World, bob: Client, grant: Grant) -> None:
    ask(bob, grant)
    ask(client_of(world.bea), grant)
    carol, first = client_of(world.carol), Question.objects.order_by("asked_at").first()
    assert first
    path = f"/requests/{grant.reference}/questions/{first.pk}/"
    page = read(carol.post(path, {"answer": " "}), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert set(page.error_links) == {f"id_answer_{first.pk}"}
    assert page.soup.select_one(f"#id_answer_{first.pk}")


def test_a_second_question_waits_for_the_first_and_the_page_says_so(bob: Client, grant: Grant) -> None:
    ask(bob, grant)
    page = read(bob.get(f"/approvals/{grant.reference}/"))
    assert "You have asked already." in page.words
    assert not page.soup.select_one("#id_question")
    answer = bob.post(f"/approvals/{grant.reference}/ask/", {"question": "And why at night, please?"})
    page = read(answer, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.field("question").get_text().strip() == "And why at night, please?"


def test_asking_about_what_was_decided_meanwhile_says_what_happened(world: World, bob: Client, grant: Grant) -> None:
    client_of(world.bea).post(
        f"/approvals/{grant.reference}/deny/", {"snapshot_hash": grant.snapshot_hash, "reason": "No."}
    )
    page = read(bob.post(f"/approvals/{grant.reference}/ask/", {"question": WORDS}), HTTPStatus.CONFLICT)
    assert "Denied" in page.words


def test_an_answer_that_comes_too_late_is_refused(world: World, bob: Client, grant: Grant) -> None:
    ask(bob, grant)
    bob.post(f"/approvals/{grant.reference}/approve/", {"snapshot_hash": grant.snapshot_hash})
    carol = client_of(world.carol)
    page = read(carol.post(answer_path(grant), {"answer": SAID}), HTTPStatus.CONFLICT)
    assert "moved on" in page.words
    page = read(carol.get(f"/requests/{grant.reference}/"))
    assert "Nobody has answered." in page.words
    assert not page.soup.select("textarea")
