"""Codes on their way, and the page that waits: as people at their browsers see them."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.test import Client
from django.utils import timezone

from grants.flows.approve import approve_grant
from grants.flows.issue.begin import begin_attempt
from grants.flows.issue.finish import finish_minted, finish_refused
from grants.gateways.sts_errors import MfaRefusedError, PolicyTooLargeError
from grants.models import Grant, MfaCode
from grants.models.template import Mint, PickupCheck
from tests.factories import (
    REASON,
    SECRET,
    World,
    mailed_token,
    make_approved,
    make_minted,
    make_request,
    make_revealed,
    make_session_world,
    make_world,
)
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db
ANSWERS = {"hours": "1", "reason": REASON, "key": "0fc7f4a2-6a3d-4b9e-9d43-3f0b6d5f1a10"}


def wait_for_code(world: World) -> Grant:
    grant = make_approved(world)
    assert begin_attempt(grant_id=grant.pk, now=timezone.now()) is None
    return Grant.objects.get(pk=grant.pk)


def offered(world: World) -> tuple[Client, str, str, Grant]:
    """A browser that has opened the link, the page's path, the code, and the grant."""
    asked = make_request(world)
    grant = asked.grant
    approve_grant(reference=grant.reference, by=world.bob, snapshot_hash=grant.snapshot_hash, now=timezone.now())
    assert begin_attempt(grant_id=grant.pk, now=timezone.now()) is None
    client = Client()
    path = client.get(f"/pickup/open/{mailed_token(grant)}/").headers["Location"]
    return client, path, str(asked.code_plaintext), grant


# --- an MFA device's ------------------------------------------------------------------------------------------------


def test_who_signed_types_the_code_and_the_requester_reads_what_is_waited_for() -> None:
    world = make_session_world()
    grant = wait_for_code(world)
    bob = client_of(world.bob)
    page = read(bob.get(f"/grants/{grant.reference}/code/"))
    assert "alice-mfa" in page.words
    assert page.field("code")["autocomplete"] == "off"
    assert bob.post(f"/grants/{grant.reference}/code/", {"code": "123456"}).status_code == HTTPStatus.FOUND
    assert MfaCode.objects.get().typed_by == world.bob


def test_the_requester_reads_that_somebody_has_to_type_a_code() -> None:
    world = make_session_world()
    grant = wait_for_code(world)
    page = read(client_of(world.carol).get(f"/requests/{grant.reference}/"))
    assert "Waiting for an MFA code" in page.words
    assert "Whoever keeps it has been told" in page.words


@pytest.mark.parametrize("code", ["", "12345", "12 34 5a"])
def test_what_is_no_code_is_told_at_its_field_and_not_shown_again(code: str) -> None:
    world = make_session_world()
    grant = wait_for_code(world)
    answer = client_of(world.bob).post(f"/grants/{grant.reference}/code/", {"code": code})
    page = read(answer, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.error_links == {"id_code": "Type the six digits that the device shows now."}
    assert not MfaCode.objects.exists()


def test_a_refused_code_is_said_on_the_page() -> None:
    world = make_session_world()
    grant, bob = wait_for_code(world), client_of(world.bob)
    bob.post(f"/grants/{grant.reference}/code/", {"code": "123456"})
    begun = begin_attempt(grant_id=grant.pk, now=timezone.now())
    assert begun
    finish_refused(begun=begun, error=MfaRefusedError(), now=timezone.now())
    assert "AWS did not accept the last code" in read(bob.get(f"/grants/{grant.reference}/code/")).words


def test_the_card_of_a_session_says_that_it_is_the_whole_user() -> None:
    world = make_session_world()
    grant = make_request(world).grant
    page = read(client_of(world.bob).get(f"/approvals/{grant.reference}/"))
    assert "all rights of the IAM user alice-mfa" in page.words
    assert "all rights of a user" in page.words
    assert "daypass:vendor" not in page.words  # no tags are sent


# --- told by telephone ----------------------------------------------------------------------------------------------


def test_a_told_code_is_shown_in_the_answer_to_a_post_and_never_again() -> None:
    world = make_world(pickup_check=PickupCheck.SPOKEN_CODE)
    grant, bob = make_approved(world), client_of(world.bob)
    path = f"/grants/{grant.reference}/spoken-code/"
    assert read(bob.get(path)).soup.find(id="pickup-code") is None
    shown = read(bob.post(path)).soup.find(id="pickup-code")
    assert shown
    assert shown.get_text(strip=True) not in read(bob.get(path)).words
    assert "Tell them the code" in read(bob.get(f"/approvals/{grant.reference}/")).words


def test_only_who_may_read_the_card_is_led_back_to_it() -> None:
    world = make_world(pickup_check=PickupCheck.SPOKEN_CODE)
    world.vendor.sponsors.add(world.alice)
    path = f"/grants/{make_approved(world).reference}/spoken-code/"
    assert read(client_of(world.bob).get(path)).soup.find("a", string="Back to the request")
    assert not read(client_of(world.alice).get(path)).soup.find("a", string="Back to the request")


# --- a page that waits ----------------------------------------------------------------------------------------------


def test_the_page_waits_by_a_header_and_then_shows_what_was_made() -> None:
    client, path, code, grant = offered(make_world(mint=Mint.ON_PICKUP))
    assert "made in the moment you press" in read(client.get(path)).words
    answer = client.post(path, {"code": code})
    waiting = client.get(answer.headers["Location"])
    assert waiting.headers["Refresh"] == "2"
    assert "AWS is making your credentials" in read(waiting).words
    begun = begin_attempt(grant_id=grant.pk, now=timezone.now())
    assert begun
    minted = make_minted(begun.name, expiration=timezone.now() + timedelta(hours=1))
    finish_minted(begun=begun, minted=minted, now=timezone.now())
    ready = client.get(f"{path}wait/")
    assert "Refresh" not in ready.headers
    assert SECRET in read(client.post(f"{path}wait/")).words


def test_a_browser_without_the_claim_is_led_back_to_the_check() -> None:
    client, path, code, grant = offered(make_world(mint=Mint.ON_PICKUP))
    client.post(path, {"code": code})
    other = Client()
    other.get(f"/pickup/open/{mailed_token(grant)}/")
    for answer in (other.get(f"{path}wait/"), other.post(f"{path}wait/")):
        assert (answer.status_code, answer.headers["Location"]) == (HTTPStatus.FOUND, path)


def test_a_refusal_of_aws_is_said_with_the_way_on() -> None:
    client, path, code, grant = offered(make_world(mint=Mint.ON_PICKUP))
    client.post(path, {"code": code})
    begun = begin_attempt(grant_id=grant.pk, now=timezone.now())
    assert begun
    finish_refused(begun=begun, error=PolicyTooLargeError(), now=timezone.now())
    page = read(client.get(f"{path}wait/"))
    assert "AWS did not make the credentials" in page.words
    assert grant.reference in page.words
    assert "sts_policy_too_large" in page.words


def test_signing_in_is_asked_for_first_and_the_button_comes_with_the_second_factor() -> None:
    world = make_world(mint=Mint.ON_PICKUP, pickup_check=PickupCheck.SIGN_IN)
    client, path, _code, _grant = offered(world)
    page = read(client.get(path))
    assert page.soup.find(id="sign-in-first")
    assert "Make the credentials" not in page.words
    refused = read(client.post(path), HTTPStatus.FORBIDDEN)
    assert "Nothing was used up" in refused.words


# --- a start, and an end --------------------------------------------------------------------------------------------


def test_a_booked_start_is_asked_for_in_the_browsers_own_zone_and_shown_before_it_is_sent() -> None:
    world = make_world()
    carol = client_of(world.carol)
    day = timezone.now() + timedelta(days=20)
    start = {"start": f"{day:%Y-%m-%d}T09:15", "zone": "Asia/Kolkata"}
    page = read(carol.post("/requests/new/acme-drop/check/", {**ANSWERS, **start}))
    assert "03:45 UTC" in page.words
    sent = read(carol.post("/requests/new/acme-drop/send/", {**ANSWERS, **start}))
    assert "when it begins" in sent.words
    assert Grant.objects.get().starts_at
    for bad in ("2020-01-01T09:15", f"{day:%Y-%m-%d}T09:16", f"{day + timedelta(days=90):%Y-%m-%d}T09:15"):
        page = read(
            carol.post("/requests/new/acme-drop/check/", {**ANSWERS, "start": bad}), HTTPStatus.UNPROCESSABLE_ENTITY
        )
        assert "id_start" in page.error_links


def test_a_template_with_a_booked_start_asks_for_one() -> None:
    world = make_world(mint=Mint.AT_START)
    answer = client_of(world.carol).post("/requests/new/acme-drop/check/", ANSWERS)
    assert "id_start" in read(answer, HTTPStatus.UNPROCESSABLE_ENTITY).error_links


def test_one_click_asks_for_an_extension_and_both_pages_say_so() -> None:
    world = make_world()
    grant, carol = make_revealed(world), client_of(world.carol)
    assert "Ask for an extension" in read(carol.get(f"/requests/{grant.reference}/")).words
    page = read(carol.post(f"/requests/{grant.reference}/extend/"))
    assert page.soup.find(id="pickup-code")
    following = Grant.objects.get(previous=grant)
    assert f"It goes on as {following.reference}" in read(carol.get(f"/requests/{grant.reference}/")).words
    assert f"It goes on from {grant.reference}" in read(carol.get(f"/requests/{following.reference}/")).words
    assert carol.post(f"/requests/{grant.reference}/extend/").status_code == HTTPStatus.CONFLICT
