"""The approver's pages: queue, card, decision, active grants, revocation."""

import re
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.test import Client
from django.utils import timezone

from grants.errors import IssuesSpentError, StsError
from grants.flows.issue.begin import begin_attempt
from grants.flows.issue.finish import finish_refused
from grants.flows.reveal import reveal_credentials
from grants.flows.withdraw import withdraw_grant
from grants.lifecycle import State
from grants.models import Denial, Grant
from grants.presenters.queue import queue_row
from grants.values import Origin, Shown
from tests.factories import World, make_approved, make_issued, make_request, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def bob(world: World) -> Client:
    return client_of(world.bob)


def failed(world: World) -> Grant:
    grant = make_approved(world)
    begun = begin_attempt(grant_id=grant.pk, now=timezone.now())
    assert begun
    finish_refused(begun=begun, error=StsError("AccessDenied"), now=timezone.now())
    return grant


def test_an_approval_that_is_used_up_offers_no_other_try(bob: Client, world: World) -> None:
    grant = failed(world)
    assert "Try again" in bob.get(f"/approvals/{grant.reference}/").content.decode()
    Grant.objects.update(failure_code=IssuesSpentError.code)
    card = bob.get(f"/approvals/{grant.reference}/").content.decode()
    assert "Try again" not in card
    assert IssuesSpentError.sentence in card


def revealed(world: World) -> Grant:
    issued = make_issued(world)
    reveal_credentials(
        link_id=issued.link.pk,
        token=issued.token,
        shown=Shown(code=issued.code),
        origin=Origin(None, ""),
        now=timezone.now(),
    )
    return issued.grant


def test_the_queue_shows_who_asks_for_what_and_what_to_look_at_twice(world: World, bob: Client) -> None:
    grant = make_request(world).grant
    page = read(bob.get("/approvals/"))
    assert grant.reference in page.words
    assert "carol@acme-robotics.example" in page.words
    assert "can write" in page.words


def test_a_request_that_no_longer_reads_back_is_flagged_and_not_lost(world: World) -> None:
    """The database forbids it; should it happen all the same, the row is shown and nobody is told to sign it."""
    grant = make_request(world).grant
    grant.snapshot = grant.snapshot.replace("acme-drop", "acme-shop")
    row = queue_row(grant, timezone.now())
    assert row.flags == ("does not read back",)
    assert "Do not approve it" in row.sentence


def test_an_empty_queue_says_so(bob: Client) -> None:
    assert "Nothing is waiting for you." in read(bob.get("/approvals/")).words


def test_the_card_says_what_aws_will_be_told_and_quotes_the_requester(world: World, bob: Client) -> None:
    grant = make_request(world).grant
    page = read(bob.get(f"/approvals/{grant.reference}/"))
    assert page.soup.h1
    assert "List, read and write files under s3://acme-drop/in/ for up to 1 hour." in page.soup.h1.get_text()
    assert '"Resource": "arn:aws:s3:::acme-drop/in/*"' in page.words
    quote = page.soup.select_one("blockquote.typed")
    assert quote
    assert quote.get_text(strip=True) == grant.reason
    assert "Does not stop somebody who can sign in as the requester" in page.words
    assert page.field("snapshot_hash")["value"] == grant.snapshot_hash


def test_approving_signs_the_hash_that_was_read(world: World, bob: Client) -> None:
    grant = make_request(world).grant
    body = {"snapshot_hash": grant.snapshot_hash}
    page = read(bob.post(f"/approvals/{grant.reference}/approve/", body, follow=True))
    grant.refresh_from_db()
    assert grant.state == State.APPROVED
    assert f"You approved {grant.reference}." in page.words


@pytest.mark.parametrize("tampered", ["0" * 64, "", "not a hash"])
@pytest.mark.parametrize("verb", ["approve", "deny"])
def test_a_decision_over_another_snapshot_changes_nothing(world: World, bob: Client, verb: str, tampered: str) -> None:
    grant = make_request(world).grant
    body = {"snapshot_hash": tampered, "reason": "No."}
    page = read(bob.post(f"/approvals/{grant.reference}/{verb}/", body), HTTPStatus.CONFLICT)
    grant.refresh_from_db()
    assert grant.state == State.REQUESTED
    assert "changed while you were reading it" in page.words
    assert page.field("snapshot_hash")["value"] == grant.snapshot_hash


def test_a_denial_without_a_reason_is_refused_at_its_field(world: World, bob: Client) -> None:
    grant = make_request(world).grant
    body = {"snapshot_hash": grant.snapshot_hash, "reason": " "}
    page = read(bob.post(f"/approvals/{grant.reference}/deny/", body), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.error_links == {"id_reason": "Say why, so that the requester knows what to change."}


def test_a_denial_reaches_the_requester_with_its_reason(world: World, bob: Client) -> None:
    grant = make_request(world).grant
    body = {"snapshot_hash": grant.snapshot_hash, "reason": "One hour is <enough>."}
    read(bob.post(f"/approvals/{grant.reference}/deny/", body, follow=True))
    page = read(client_of(world.carol).get(f"/requests/{grant.reference}/"))
    assert "One hour is <enough>." in page.words


def test_a_card_that_is_decided_says_so_and_has_no_buttons(world: World, bob: Client) -> None:
    grant = make_approved(world)
    page = read(bob.get(f"/approvals/{grant.reference}/"))
    assert "There is nothing to decide here any more." in page.words
    assert "moved on" not in page.words
    assert page.soup.find("form", action=f"/approvals/{grant.reference}/approve/") is None


def test_two_approvers_at_once_the_second_is_told(world: World) -> None:
    grant = make_approved(world)
    body = {"snapshot_hash": grant.snapshot_hash}
    page = read(client_of(world.bea).post(f"/approvals/{grant.reference}/approve/", body), HTTPStatus.CONFLICT)
    assert "moved on" in page.words
    assert "What happened since it was asked for: Approved" in page.words
    assert "by Bob" in page.words


def test_a_denial_of_what_changed_meanwhile_says_what_and_keeps_the_reason(world: World, bob: Client) -> None:
    grant = make_request(world).grant
    withdraw_grant(reference=grant.reference, by=world.carol, now=timezone.now())
    body = {"snapshot_hash": grant.snapshot_hash, "reason": "Ask for less."}
    page = read(bob.post(f"/approvals/{grant.reference}/deny/", body), HTTPStatus.CONFLICT)
    assert "What happened since it was asked for: Withdrawn by the requester" in page.words
    page = read(bob.post(f"/approvals/{make_request(world).grant.reference}/deny/", body), HTTPStatus.CONFLICT)
    assert page.field("reason").get_text(strip=True) == "Ask for less."


@pytest.mark.parametrize("path", ["/approvals/", "/grants/"])
@pytest.mark.parametrize("who", ["carol", "otto", "ada"])
def test_only_approvers_see_the_queue_and_the_active_grants(world: World, who: str, path: str) -> None:
    page = read(client_of(getattr(world, who)).get(path), HTTPStatus.FORBIDDEN)
    assert "Ask an administrator" in page.words


@pytest.mark.parametrize("verb", ["approve", "deny"])
def test_a_decision_is_no_get(world: World, bob: Client, verb: str) -> None:
    grant = make_request(world).grant
    response = bob.get(f"/approvals/{grant.reference}/{verb}/")
    read(response, HTTPStatus.METHOD_NOT_ALLOWED)
    assert response.headers["Allow"] == "POST"


def test_active_grants_say_when_they_end(world: World, bob: Client) -> None:
    grant = make_issued(world).grant
    page = read(bob.get("/grants/"))
    assert grant.reference in page.words
    assert page.soup.select_one("[data-countdown]")


def test_a_failed_grant_says_why_and_can_be_tried_again(world: World, bob: Client) -> None:
    grant = failed(world)
    assert "sts_error" in read(bob.get("/grants/")).words
    read(bob.post(f"/grants/{grant.reference}/retry/", follow=True))
    grant.refresh_from_db()
    assert grant.state == State.APPROVED


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (make_approved, "Nothing has been issued yet"),
        (lambda world: make_issued(world).grant, "destroyed here at once"),
        (revealed, "AWS needs up to a few minutes"),
    ],
)
def test_revoking_says_first_how_long_it_takes(
    world: World, bob: Client, make: Callable[[World], Grant], words: str
) -> None:
    page = read(bob.get(f"/grants/{make(world).reference}/revoke/"))
    assert words in page.words


def test_opening_the_revoke_page_revokes_nothing(world: World, bob: Client) -> None:
    grant = make_issued(world).grant
    bob.get(f"/grants/{grant.reference}/revoke/")
    grant.refresh_from_db()
    assert grant.state == State.ISSUED


def test_a_revocation_needs_a_reason(world: World, bob: Client) -> None:
    grant = make_issued(world).grant
    page = read(bob.post(f"/grants/{grant.reference}/revoke/", {}), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert set(page.error_links) == {"id_reason"}


def test_after_a_revocation_the_state_of_the_deny_is_shown(world: World, bob: Client) -> None:
    grant = revealed(world)
    page = read(bob.post(f"/grants/{grant.reference}/revoke/", {"reason": "Lost laptop."}, follow=True))
    assert "wanted: not confirmed by AWS yet" in page.words
    Denial.objects.update(confirmed_at=timezone.now())
    assert "confirmed: read back from AWS" in read(bob.get(f"/approvals/{grant.reference}/")).words


def test_a_request_that_comes_again_and_again_is_counted_on_its_card(world: World) -> None:
    for days in (2, 1):
        earlier = make_issued(world, now=timezone.now() - timedelta(days=days)).grant
        Grant.objects.filter(pk=earlier.pk).update(revealed_at=earlier.approved_at)
    page = read(client_of(world.bob).get(f"/approvals/{make_request(world).grant.reference}/"))
    assert re.search(r"3rd in a row, access on [23] of the last 35 days", page.words)  # an hour may cross midnight


def test_the_card_compares_with_the_last_one_and_says_what_became_of_others(world: World, bob: Client) -> None:
    first = revealed(world)
    page = read(bob.get(f"/approvals/{first.reference}/"))
    assert "This person has not had this access before." in page.words
    assert "first time" in page.words
    page = read(bob.get(f"/approvals/{make_request(world, seconds=7200).grant.reference}/"))
    assert "was approved with 1 difference: What Last time Now How long 1 hour 2 hours" in page.words
    assert "Asked for 1 1" in page.words
    assert f"The same as {first.reference}" in read(bob.get(f"/approvals/{make_request(world).grant.reference}/")).words


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Fine.\u202e.ylno daeR", "Fine.[U+202E].ylno daeR"),  # would be read backwards
        ("ac\u200bme", "ac[U+200B]me"),  # a space that nobody sees
        ("<h2>Approved by security</h2>", "<h2>Approved by security</h2>"),
        ("One.\nTwo.", "One. Two."),
    ],
)
def test_what_was_typed_cannot_pose_as_anything_else(world: World, bob: Client, typed: str, shown: str) -> None:
    grant = make_request(world).grant
    Grant.objects.filter(pk=grant.pk).update(reason=typed)
    quote = read(bob.get(f"/approvals/{grant.reference}/")).soup.select_one("blockquote.typed")
    assert quote
    assert " ".join(quote.get_text(" ").split()) == shown
    assert not quote.find("h2")
