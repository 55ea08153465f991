"""A sponsor asks for a contractor: who gets the link, who the code, who never decides."""

from hashlib import sha256

import pytest
from django.utils import timezone

from grants.errors import NotAllowedError, NotFoundError, OwnGrantError, RecipientNotReadyError
from grants.flows.approve import approve_grant
from grants.flows.deny import deny_grant
from grants.flows.request import Requested, request_grant
from grants.flows.vendors import close_vendor
from grants.gateways import sealing
from grants.models import OutboxMail, User, VendorTerms
from grants.models.person import APPROVERS
from grants.policies import read_snapshot
from tests.factories import HOUR, REASON, World, make_staff, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    world = make_world()
    world.vendor.sponsors.add(world.alice)
    return world


def ask(world: World, *, by: User | None = None, recipient: User | None = None) -> Requested:
    return request_grant(
        by=by or world.alice,
        recipient=recipient or world.carol,
        template_id=world.template.pk,
        seconds=HOUR,
        reason=REASON,
        ticket="",
        now=timezone.now(),
    )


def told(event: str) -> list[str]:
    return sorted(OutboxMail.objects.filter(event=event).values_list("to_address", flat=True))


def test_the_contractor_receives_what_the_sponsor_asked_for(world: World) -> None:
    grant = ask(world).grant
    snapshot = read_snapshot(grant)
    assert (grant.requester, grant.recipient, grant.vendor) == (world.alice, world.carol, world.vendor)
    assert (snapshot.requester, snapshot.recipient) == (world.alice.email, world.carol.email)
    assert dict(snapshot.tags)["daypass:requester"] == str(world.alice.pk)


def test_the_code_is_shown_to_the_sponsor_and_both_are_told_without_it(world: World) -> None:
    asked = ask(world)
    assert asked.code_plaintext
    assert asked.grant.code_digest == sealing.code_digest(code=asked.code_plaintext, grant_id=asked.grant.pk)
    assert told("request_received") == [world.alice.email]
    assert told("request_for_you") == [world.carol.email]
    assert asked.code_plaintext not in str(list(OutboxMail.objects.values_list("context", flat=True)))


def test_both_hear_of_the_decision_and_only_the_contractor_gets_the_link(world: World) -> None:
    denied, approved = ask(world).grant, ask(world).grant
    deny_grant(
        reference=denied.reference, by=world.bob, snapshot_hash=denied.snapshot_hash, reason="No.", now=timezone.now()
    )
    approve_grant(reference=approved.reference, by=world.bob, snapshot_hash=approved.snapshot_hash, now=timezone.now())
    assert told("request_denied") == told("request_approved") == sorted([world.alice.email, world.carol.email])
    assert told("link_ready") == []


def test_both_hear_once_that_it_has_ended_with_the_vendor(world: World) -> None:
    undecided, approved = ask(world).grant, ask(world).grant
    approve_grant(reference=approved.reference, by=world.bob, snapshot_hash=approved.snapshot_hash, now=timezone.now())
    close_vendor(slug=undecided.vendor.slug, by=world.ada, reason="No longer.", now=timezone.now())
    assert told("request_ended") == told("grant_revoked") == sorted([world.alice.email, world.carol.email])


def test_a_sponsor_never_approves_what_they_asked_for(world: World) -> None:
    world.alice.groups.add(*world.bob.groups.all())
    grant = ask(world).grant
    with pytest.raises(OwnGrantError):
        approve_grant(reference=grant.reference, by=world.alice, snapshot_hash=grant.snapshot_hash, now=timezone.now())


@pytest.mark.parametrize("who", ["another sponsor", "an approver", "another contractor"])
def test_nobody_else_asks_for_this_contractor(world: World, who: str) -> None:
    by = {
        "another sponsor": make_staff("sue"),
        "an approver": make_staff("ann", APPROVERS),
        "another contractor": world.mallory,
    }[who]
    with pytest.raises((NotFoundError, NotAllowedError)):
        ask(world, by=by)


def test_a_sponsor_cannot_ask_for_staff_or_another_vendors_people(world: World) -> None:
    for recipient in (world.bob, world.mallory):
        with pytest.raises(NotFoundError):
            ask(world, recipient=recipient)


def test_the_contractor_has_accepted_the_vendors_terms_first(world: World) -> None:
    terms = VendorTerms.objects.create(
        vendor=world.vendor, text="Be careful.", digest=sha256(b"Be careful.").hexdigest(), written_at=timezone.now()
    )
    world.vendor.terms = terms
    world.vendor.save()
    world.carol.refresh_from_db()
    with pytest.raises(RecipientNotReadyError):
        ask(world)
