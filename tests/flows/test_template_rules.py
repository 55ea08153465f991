"""The rules of use that a template sets, as they meet a request: who asks, how long in a row, what approvers read."""

from datetime import timedelta

import pytest
from django.utils import timezone

from grants import queries
from grants.errors import FieldError
from grants.flows.withdraw import withdraw_grant
from tests.factories import HOUR, World, make_request, make_version, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db


def test_what_only_sponsors_may_ask_for_is_not_offered_to_contractors_and_refused() -> None:
    world = make_world(who_asks=["sponsors"])
    assert queries.requestable_templates(world.carol) == []
    assert queries.requestable_templates(world.carol, is_sponsor=True) == [world.version]
    with pytest.raises(FieldError, match="your sponsor has to ask"):
        make_request(world)


def capped() -> World:
    return make_world(consecutive_seconds=13 * HOUR)


def test_hours_in_a_row_are_capped_extensions_included() -> None:
    world, now = capped(), timezone.now()
    make_request(world, seconds=12 * HOUR, now=now)
    with pytest.raises(FieldError) as refused:
        make_request(world, seconds=2 * HOUR, now=now + timedelta(hours=11, minutes=50))
    assert refused.value.field == "hours"
    assert "13 hours in a row at most" in refused.value.field_sentence


def test_a_break_of_eight_hours_begins_a_new_row() -> None:
    world, now = capped(), timezone.now()
    make_request(world, seconds=12 * HOUR, now=now)
    assert make_request(world, seconds=12 * HOUR, now=now + timedelta(hours=20, minutes=1)).grant.state == "requested"


def test_what_came_to_nothing_does_not_count() -> None:
    world, now = capped(), timezone.now()
    first = make_request(world, seconds=12 * HOUR, now=now).grant
    withdraw_grant(reference=first.reference, by=world.carol, now=now)
    assert make_request(world, seconds=12 * HOUR, now=now + timedelta(minutes=1)).grant.state == "requested"


def test_the_card_says_that_a_newer_version_exists_and_what_was_accepted() -> None:
    accepted = [{"code": "pickup_check_weak", "sentence": "This can write.", "reason": "Guarded mailbox."}]
    world = make_world(accepted=accepted)
    grant = make_request(world).grant
    bob = client_of(world.bob)
    page = read(bob.get(f"/approvals/{grant.reference}/"))
    assert "This can write. Guarded mailbox." in page.words
    assert "has been published since" not in page.words
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor)
    page = read(bob.get(f"/approvals/{grant.reference}/"))
    assert "Asked for with version 1 of the template; version 2 has been published since." in page.words


def test_the_reason_hint_stands_where_the_reason_is_typed() -> None:
    world = make_world(reason_hint="Which delivery?")
    assert "Which delivery?" in read(client_of(world.carol).get("/requests/new/acme-drop/")).words
