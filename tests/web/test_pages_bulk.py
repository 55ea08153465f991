"""Several requests of one template, read together and signed one by one."""

from http import HTTPStatus

import pytest
from django.test import Client
from django.utils import timezone

from grants.flows.deny import deny_grant
from grants.models import Decision, Grant
from tests.factories import World, make_request, make_version, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db
BULK = "/approvals/bulk/"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def bob(world: World) -> Client:
    return client_of(world.bob)


def items(*grants: Grant) -> list[str]:
    return [f"{grant.reference}:{grant.snapshot_hash}" for grant in grants]


def test_boxes_are_offered_when_the_queue_shows_one_template(world: World, bob: Client) -> None:
    grant = make_request(world).grant
    assert not read(bob.get("/approvals/")).soup.select("[name=item]")
    page = read(bob.get("/approvals/", {"template": world.template.slug}))
    assert [box["value"] for box in page.soup.select("[name=item]")] == items(grant)


def test_reading_them_together_signs_nothing_and_shows_each_sentence(world: World, bob: Client) -> None:
    grants = [make_request(world, seconds=seconds).grant for seconds in (3600, 7200)]
    page = read(bob.post(BULK, {"item": items(*grants)}))
    assert "for up to 1 hour." in page.words
    assert "for up to 2 hours." in page.words
    assert not Decision.objects.exists()


def test_each_is_decided_by_itself_and_the_answer_says_what_became_of_it(world: World, bob: Client) -> None:
    good, denied, changed = (make_request(world).grant for _ in range(3))
    now = timezone.now()
    deny_grant(reference=denied.reference, by=world.bea, snapshot_hash=denied.snapshot_hash, reason="No.", now=now)
    sent = [*items(good, denied), f"{changed.reference}:{'0' * 64}"]
    page = read(bob.post(BULK, {"item": sent, "do": "approve"}))
    rows = {row.th.get_text(strip=True): row.td.get_text(" ") for row in page.soup.select("tbody tr")}  # type: ignore[union-attr]  # None fails the test as well
    assert "Approved" in rows[good.reference]
    assert "moved on" in rows[denied.reference]
    assert "changed while you were reading it" in rows[changed.reference]
    states = dict(Grant.objects.values_list("reference", "state"))
    assert [states[grant.reference] for grant in (good, denied, changed)] == ["approved", "denied", "requested"]


def test_different_versions_are_not_approved_together(world: World, bob: Client) -> None:
    first = make_request(world).grant
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor)
    sent = {"item": items(first, make_request(world).grant), "do": "approve"}
    page = read(bob.post(BULK, sent), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert "different templates" in page.words
    assert not Decision.objects.exists()


@pytest.mark.parametrize("sent", [[], ["nonsense"], ["0123456789:abc"]])
def test_nothing_or_nonsense_is_told(bob: Client, sent: list[str]) -> None:
    page = read(bob.post(BULK, {"item": sent, "do": "approve"}), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert page.error_links
