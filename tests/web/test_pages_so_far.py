"""Who else has signed or decided is on the queue and the card, and an open card looks again by itself."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from bs4 import Tag
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from grants.models import Grant
from grants.models.person import APPROVERS
from tests.factories import World, make_request, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world(signers={APPROVERS: 2})


@pytest.fixture
def grant(world: World) -> Grant:
    return make_request(world).grant


def part_of(client: Client, path: str) -> Tag:
    part = read(client.get(path)).soup.select_one("#so-far")
    assert isinstance(part, Tag)
    return part


def sign(client: Client, grant: Grant) -> None:
    client.post(f"/approvals/{grant.reference}/approve/", {"snapshot_hash": grant.snapshot_hash})


def test_the_queue_and_the_card_name_who_has_signed(world: World, grant: Grant) -> None:
    bob, bea = client_of(world.bob), client_of(world.bea)
    assert "Signed by" not in read(bea.get(f"/approvals/{grant.reference}/")).words
    sign(bob, grant)
    assert "signed by Bob for approvers" in read(bea.get("/approvals/")).words
    assert "Signed by Bob for approvers." in read(bea.get(f"/approvals/{grant.reference}/")).words


def test_an_open_card_says_that_somebody_else_has_signed_or_decided_since(world: World, grant: Grant) -> None:
    bob, bea = client_of(world.bob), client_of(world.bea)
    card = part_of(bea, f"/approvals/{grant.reference}/")
    again = part_of(bea, str(card["data-poll"]))
    assert again["data-seen"] == card["data-seen"]
    assert not again.select_one(".notice")
    sign(bob, grant)
    again = part_of(bea, str(card["data-poll"]))
    assert again["data-seen"] != card["data-seen"]
    assert "This has changed since you opened the page." in again.get_text()
    assert "Signed by Bob for approvers." in again.get_text()
    bea.post(f"/approvals/{grant.reference}/deny/", {"snapshot_hash": grant.snapshot_hash, "reason": "No need."})
    last = part_of(bob, str(again["data-poll"]))
    assert "Denied" in last.get_text()
    assert "data-poll" not in last.attrs


def test_who_decides_in_the_same_moment_is_told_what_happened(world: World, grant: Grant) -> None:
    bob, bea = client_of(world.bob), client_of(world.bea)
    bea.post(f"/approvals/{grant.reference}/deny/", {"snapshot_hash": grant.snapshot_hash, "reason": "No need."})
    answer = bob.post(f"/approvals/{grant.reference}/approve/", {"snapshot_hash": grant.snapshot_hash})
    words = read(answer, HTTPStatus.CONFLICT).words
    assert "What happened since it was asked for" in words
    assert "by Bea" in words


def test_a_card_that_looks_by_itself_keeps_nobody_signed_in(world: World, grant: Grant) -> None:
    bea = client_of(world.bea)
    part = str(part_of(bea, f"/approvals/{grant.reference}/")["data-poll"])
    soon = timezone.now() + timedelta(minutes=5)
    Session.objects.update(expire_date=soon)
    read(bea.get(part))
    assert Session.objects.get().expire_date == soon
    read(bea.get(f"/approvals/{grant.reference}/"))
    assert Session.objects.get().expire_date > soon
