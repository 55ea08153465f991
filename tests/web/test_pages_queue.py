"""The approver's queue: what is in it, how it is filtered, sorted and read page by page, all by its address."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from grants.flows.approve import approve_grant
from grants.flows.narrow import narrow_grant
from grants.models import Grant, User
from grants.models.person import APPROVERS
from grants.policy.narrowed import Smaller
from grants.policy.scopes import CustomScope
from grants.queries.queue import PAGE
from tests.factories import (
    DROP,
    HOUR,
    World,
    access,
    make_request,
    make_revealed,
    make_staff,
    make_version,
    make_world,
)
from tests.web.pages import Page, client_of, read

pytestmark = pytest.mark.django_db
CUSTOM = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def bob(world: World) -> Client:
    return client_of(world.bob)


def listed(client: Client, **asked: str) -> list[str]:
    return [link.get_text(strip=True) for link in look(client, **asked).soup.select("tbody th a")]


def look(client: Client, **asked: str) -> Page:
    return read(client.get("/approvals/", asked))


def sign(grant: Grant, by: User) -> Grant:
    now = timezone.now()
    return approve_grant(reference=grant.reference, by=by, snapshot_hash=grant.snapshot_hash, now=now)


def two_groups(world: World) -> User:
    signers = {APPROVERS: 1, "security": 1}
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, signers=signers)
    return make_staff("sue", "security")


def test_the_reference_of_somebody_elses_request_marks_no_place(world: World, bob: Client) -> None:
    first = make_request(world).grant
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, signers={"security": 1})
    foreign = make_request(world).grant
    assert listed(bob, after=foreign.reference) == listed(bob) == [first.reference]
    assert listed(bob, before=foreign.reference) == [first.reference]


def test_it_has_what_waits_for_me_and_nothing_that_is_mine_or_others_to_decide(world: World, bob: Client) -> None:
    grant, other = make_request(world).grant, make_request(world).grant
    assert listed(bob) == [grant.reference, other.reference]
    User.objects.filter(pk=world.bea.pk).update(person=world.alice.person)  # who invited carol
    assert listed(client_of(world.bea)) == []
    assert listed(client_of(two_groups(world))) == []


def test_what_i_have_signed_waits_for_others_and_is_not_lost(world: World, bob: Client) -> None:
    sue = two_groups(world)
    grant = make_request(world).grant
    sign(grant, world.bob)
    assert (listed(bob), listed(bob, show="signed"), listed(bob, show="all")) == (
        [],
        [grant.reference],
        [grant.reference],
    )
    assert "one of approvers has signed; one of security still has to" in look(bob, show="signed").words
    bea = client_of(world.bea)  # her group has signed: she may still say no
    assert (listed(bea), listed(bea, show="signed"), listed(bea, show="all")) == ([], [], [grant.reference])
    assert listed(client_of(sue)) == [grant.reference]


def test_what_somebody_signed_who_was_frozen_waits_for_their_group_again(world: World) -> None:
    two_groups(world)
    grant, bea = make_request(world).grant, client_of(world.bea)
    sign(grant, world.bob)
    assert listed(bea) == []
    User.objects.filter(pk=world.bob.pk).update(is_active=False)
    assert listed(bea) == [grant.reference]


def test_a_request_made_smaller_waits_for_me_again(world: World, bob: Client) -> None:
    sue = two_groups(world)
    grant = make_request(world, seconds=2 * HOUR).grant
    sign(grant, world.bob)
    less = Smaller(HOUR, ("acme-drop",), "in/", ("s3:GetObject",))
    values = {"snapshot_hash": grant.snapshot_hash, "reason": "Less.", "now": timezone.now()}
    narrow_grant(reference=grant.reference, by=sue, wanted=less, **values)  # type: ignore[arg-type]  # one dict of several types
    assert listed(bob) == [grant.reference]


@pytest.mark.parametrize(
    ("flag", "words"),
    [("write", "can write"), ("first", "first time"), ("long", "over 12 hours"), ("contract", "contract ends soon")],
)
def test_what_is_risky_is_flagged_and_can_be_asked_for(world: World, bob: Client, flag: str, words: str) -> None:
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, max_seconds=24 * HOUR)
    world.vendor.contract_ends_at = timezone.now() + timedelta(days=10)
    world.vendor.save()
    grant = make_request(world, seconds=24 * HOUR).grant
    assert words in look(bob).words
    assert (listed(bob, flag=flag), listed(bob, flag="session")) == ([grant.reference], [])


@pytest.mark.parametrize(
    ("version", "risks"),
    [
        ({}, ["write"]),
        (access(CustomScope(CUSTOM)), ["custom", "unbound"]),
        (access(replace(DROP, actions=("s3:DeleteObjectTagging",))), ["delete"]),
        (access(replace(DROP, actions=("s3:GetObject", "s3:PutObjectAnnotation"))), ["write"]),
    ],
)
def test_risks_come_from_the_snapshot_itself(world: World, version: dict[str, Any], risks: list[str]) -> None:
    if version:
        make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor, **version)
    assert Grant.objects.get(pk=make_request(world).grant.pk).risks == risks


def test_a_free_mail_address_is_flagged(world: World, bob: Client) -> None:
    User.objects.filter(pk=world.carol.pk).update(email="carol@mail.gmail.com")
    grant = make_request(world, by=User.objects.get(pk=world.carol.pk)).grant
    assert listed(bob, flag="free-mail") == [grant.reference]
    assert "free-mail address" in look(bob).words


def test_the_same_as_before_is_said_and_so_is_what_differs(world: World, bob: Client) -> None:
    make_revealed(world)
    make_request(world)
    assert "the same as on" in look(bob).words
    make_request(world, seconds=2 * HOUR)
    assert "with 1 difference" in look(bob).words
    assert not [tag for tag in look(bob).soup.select(".tags li") if tag.get_text() == "first time"]


@pytest.mark.parametrize("words", ["{reference}", "CAROL@", "acme rob", "ops-7"])
def test_search_finds_by_reference_person_vendor_and_ticket(world: World, bob: Client, words: str) -> None:
    grant = make_request(world).grant
    Grant.objects.filter(pk=grant.pk).update(ticket="OPS-7")
    assert listed(bob, words=words.format(reference=grant.reference.lower())) == [grant.reference]
    assert listed(bob, words="nobody") == []


def test_filters_by_vendor_and_template_and_nonsense_is_as_if_left_out(world: World, bob: Client) -> None:
    grant = make_request(world).grant
    one = [grant.reference]
    assert listed(bob, vendor=world.vendor.slug, template=world.template.slug) == one
    assert listed(bob, vendor="mallory") == listed(bob, template="nothing") == []
    assert listed(bob, sort="sideways", show="everything", flag="purple", after="NOWHERE") == one
    assert "Nothing here matches." in look(bob, vendor="mallory").words


def test_it_is_sorted_by_age_start_and_length(world: World, bob: Client) -> None:
    now = timezone.now()
    old = make_request(world, seconds=HOUR, now=now - timedelta(hours=3)).grant.reference
    mid = make_request(world, seconds=3 * HOUR, now=now - timedelta(hours=2)).grant.reference
    new = make_request(world, seconds=2 * HOUR, now=now - timedelta(hours=1)).grant.reference
    assert listed(bob) == listed(bob, sort="soonest") == [old, mid, new]
    assert listed(bob, sort="newest") == [new, mid, old]
    assert listed(bob, sort="longest") == [mid, new, old]


@pytest.mark.parametrize("sort", ["oldest", "newest", "soonest", "longest"])
def test_pages_follow_one_another_forwards_and_backwards_and_lose_nothing(world: World, bob: Client, sort: str) -> None:
    made = {make_request(world).grant.reference for _ in range(PAGE + 3)}
    first = look(bob, sort=sort)
    onward = first.soup.select_one("a[rel=next]")
    assert onward
    second = read(bob.get(f"/approvals/{onward['href']}"))
    back = second.soup.select_one("a[rel=prev]")
    assert back
    read_there = [link.get_text(strip=True) for page in (first, second) for link in page.soup.select("tbody th a")]
    assert (len(read_there), set(read_there)) == (PAGE + 3, made)
    again = read(bob.get(f"/approvals/{back['href']}"))
    assert again.soup.select("tbody th a") == first.soup.select("tbody th a")
    assert second.soup.select_one("a[rel=next]") is None


def test_the_page_says_when_to_decide_by(world: World, bob: Client) -> None:
    make_request(world, now=timezone.now() - timedelta(days=6, hours=22))
    page = look(bob)
    assert "6 days" in page.words
    assert "in 1 hour" in page.words or "in 2 hours" in page.words
