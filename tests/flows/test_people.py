"""Contractors come by invitation or by an open domain, one account a mailbox, and go when a sponsor says so."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from grants import permissions
from grants.errors import FieldError, NotAllowedError, OwnGrantError, WaitingError, WrongStateError
from grants.flows.approve import approve_grant
from grants.flows.issue.begin import begin_attempt
from grants.flows.issue.finish import finish_minted
from grants.flows.people import (
    admit_contractor,
    dismiss_contractor,
    invite_contractor,
    knock,
    withdraw_invitation,
)
from grants.flows.reveal import reveal_credentials
from grants.flows.vendors import open_vendor
from grants.models import AuditEvent, Denial, Grant, Invitation, OutboxMail, SealedCredential, User
from grants.values import Origin, Shown
from tests.factories import (
    World,
    make_approved,
    make_contractor,
    make_issued,
    make_minted,
    make_request,
    make_world,
)

pytestmark = pytest.mark.django_db

DAN = "dan@acme.example"


@pytest.fixture
def world() -> World:
    world = make_world()
    world.vendor.sponsors.add(world.alice)
    return world


def invite(world: World, email: str = DAN, by: User | None = None) -> Invitation:
    return invite_contractor(
        by=by or world.alice, vendor_id=world.vendor.pk, email=email, full_name="Dan", now=timezone.now()
    )


def open_domain(world: World) -> None:
    world.vendor.domains = ["acme.example"]
    world.vendor.save()
    open_vendor(slug=world.vendor.slug, is_open=True, now=timezone.now())


def test_an_invitation_makes_no_account_but_a_mail_and_an_audit_row(world: World) -> None:
    invitation = invite(world, " Dan@ACME.example ")
    assert invitation.email == DAN
    assert not User.objects.filter(email=DAN).exists()
    assert OutboxMail.objects.get(event="invited").to_address == DAN
    assert AuditEvent.objects.filter(kind="person.invited", subject=str(invitation.pk)).exists()


def test_the_first_code_that_is_asked_for_makes_the_account_of_the_invited(world: World) -> None:
    invite(world)
    dan = knock(email="DAN@acme.example", now=timezone.now())
    assert dan is not None
    assert (dan.vendor, dan.invited_by, dan.full_name, dan.has_usable_password()) == (
        world.vendor, world.alice, "Dan", False,
    )  # fmt: skip
    permissions.check_contractor(dan)


def test_whoever_invites_never_approves_for_the_invited(world: World) -> None:
    world.bob.sponsored_vendors.add(world.vendor)
    invite(world, by=world.bob)
    dan = knock(email=DAN, now=timezone.now())
    grant = make_request(world, by=dan).grant
    with pytest.raises(OwnGrantError):
        approve_grant(reference=grant.reference, by=world.bob, snapshot_hash=grant.snapshot_hash, now=timezone.now())


@pytest.mark.parametrize("who", ["bob", "otto", "carol", "mallory"])
def test_only_a_sponsor_of_the_vendor_or_a_template_admin_invites(world: World, who: str) -> None:
    with pytest.raises(NotAllowedError):
        invite(world, by=getattr(world, who))
    invite(world, by=world.ada)


@pytest.mark.parametrize(
    "email",
    [
        "carol@acme-robotics.example",  # has an account
        "CAROL@acme-robotics.example",
        "carol+s3@acme-robotics.example",  # the same mailbox
        "dan@acme.examp\u04cfe",  # a letter that only looks like an l
        "dan",
        "dan@acme",
        "dan@acme.example\nBcc: mallory@evil.example",
    ],
)
def test_an_address_that_is_none_or_somebodys_is_refused_at_its_field(world: World, email: str) -> None:
    with pytest.raises(FieldError) as refused:
        invite(world, email)
    assert refused.value.field == "email"


def test_the_database_itself_refuses_a_second_account_of_one_mailbox(world: World) -> None:
    with pytest.raises(IntegrityError, match="user_one_per_mailbox"), transaction.atomic():
        User.objects.create_user("carol+2@acme-robotics.example", vendor=world.vendor)


def test_a_second_invitation_waits_for_the_end_of_the_first(world: World) -> None:
    invitation = invite(world)
    with pytest.raises(FieldError):
        invite(world)
    Invitation.objects.update(expires_at=timezone.now())
    assert invite(world).pk != invitation.pk


def expired(invitation: Invitation, _world: World) -> None:
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now())


def taken_back(invitation: Invitation, world: World) -> None:
    withdraw_invitation(invitation_id=invitation.pk, by=world.alice, now=timezone.now())


def closed(_invitation: Invitation, world: World) -> None:
    world.vendor.is_active = False
    world.vendor.save()


def by_a_leaver(_invitation: Invitation, world: World) -> None:
    world.alice.is_active = False
    world.alice.save()


@pytest.mark.parametrize("spoil", [expired, taken_back, closed, by_a_leaver])
def test_a_spoilt_invitation_lets_nobody_in(world: World, spoil: object) -> None:
    assert callable(spoil)
    spoil(invite(world), world)
    assert knock(email=DAN, now=timezone.now()) is None


def test_an_accepted_invitation_cannot_be_taken_back(world: World) -> None:
    invitation = invite(world)
    knock(email=DAN, now=timezone.now())
    with pytest.raises(WrongStateError):
        withdraw_invitation(invitation_id=invitation.pk, by=world.alice, now=timezone.now())


def test_a_domain_is_closed_unless_it_was_opened(world: World) -> None:
    world.vendor.domains = ["acme.example"]
    world.vendor.save()
    assert knock(email=DAN, now=timezone.now()) is None


@pytest.mark.parametrize(
    "email",
    [
        "dan@sub.acme.example",
        "dan@acme.example.evil.example",
        "dan@notacme.example",
        "dan+1@acme.example",  # one mailbox would be many people
        "dan@\u0430cme.example",  # a Cyrillic a
    ],
)
def test_only_the_exact_domain_and_the_plain_mailbox_may_knock(world: World, email: str) -> None:
    open_domain(world)
    assert knock(email=email, now=timezone.now()) is None


@pytest.mark.parametrize("domain", ["gmail.com", "mail.gmail.com", "outlook.com", "proton.me"])
def test_a_free_mail_domain_is_never_opened(world: World, domain: str) -> None:
    world.vendor.domains = [domain]
    world.vendor.save()
    with pytest.raises(FieldError):
        open_vendor(slug=world.vendor.slug, is_open=True, now=timezone.now())


def test_who_came_by_domain_asks_for_nothing_before_a_sponsor_let_them_in(world: World) -> None:
    open_domain(world)
    dan = knock(email=DAN, now=timezone.now())
    assert dan is not None
    with pytest.raises(WaitingError):
        make_request(world, by=dan)
    admit_contractor(user_id=dan.pk, by=world.alice, now=timezone.now())
    dan.refresh_from_db()
    assert make_request(world, by=dan).grant.inviter_person == world.alice.person
    assert OutboxMail.objects.filter(event="person_changed", to_address=DAN).exists()


def test_only_somebody_who_answers_for_the_vendor_lets_in(world: World) -> None:
    open_domain(world)
    dan = knock(email=DAN, now=timezone.now())
    assert dan is not None
    with pytest.raises(NotAllowedError):
        admit_contractor(user_id=dan.pk, by=world.bob, now=timezone.now())


def test_invented_addresses_of_an_open_domain_come_to_an_end(world: World) -> None:
    open_domain(world)
    made = [knock(email=f"x{number}@acme.example", now=timezone.now()) for number in range(25)]
    assert sum(user is not None for user in made) == 20
    assert knock(email=DAN, now=timezone.now() + timedelta(days=1, minutes=1)) is not None


def test_a_dismissed_contractor_is_out_what_nobody_decided_is_withdrawn_and_the_rest_revoked(world: World) -> None:
    undecided = make_request(world).grant
    decided = make_request(world).grant
    approve_grant(reference=decided.reference, by=world.bob, snapshot_hash=decided.snapshot_hash, now=timezone.now())
    dismiss_contractor(user_id=world.carol.pk, by=world.alice, reason="The project is over.", now=timezone.now())
    world.carol.refresh_from_db()
    assert not world.carol.is_active
    states = dict(Grant.objects.values_list("pk", "state"))
    assert states == {undecided.pk: "withdrawn", decided.pk: "revoked"}
    facts = json.loads(AuditEvent.objects.get(kind="person.left").payload)["facts"]
    assert (facts["withdrawn"], facts["revoked"]) == ([undecided.reference], [decided.reference])
    assert knock(email=world.carol.email, now=timezone.now()) is None


def test_a_leavers_link_closes_and_the_session_they_hold_is_denied_at_aws(world: World) -> None:
    waiting, shown = make_issued(world), make_issued(world)
    here = Origin("192.0.2.7", "curl/8")
    reveal_credentials(
        link_id=shown.link.pk, token=shown.token, shown=Shown(code=shown.code), origin=here, now=timezone.now()
    )
    dismiss_contractor(user_id=world.carol.pk, by=world.alice, reason="The project is over.", now=timezone.now())
    assert set(Grant.objects.values_list("state", flat=True)) == {"revoked"}
    assert Denial.objects.get().grant == shown.grant
    assert not SealedCredential.objects.filter(wiped_at=None).exists()
    waiting.link.refresh_from_db()
    assert waiting.link.closed_at is not None


def test_what_is_being_issued_to_a_leaver_is_thrown_away_when_it_comes(world: World) -> None:
    grant = make_approved(world)
    begun = begin_attempt(grant_id=grant.pk, now=timezone.now())
    assert begun
    dismiss_contractor(user_id=world.carol.pk, by=world.alice, reason="The project is over.", now=timezone.now())
    minted = make_minted(begun.name, expiration=timezone.now() + timedelta(hours=1))
    begun.grant.refresh_from_db()
    finish_minted(begun=begun, minted=minted, now=timezone.now())
    grant.refresh_from_db()
    assert grant.state == "revoked"
    assert Denial.objects.get().grant == grant


def test_a_sponsor_of_another_vendor_dismisses_nobody(world: World) -> None:
    stranger = make_contractor("dora", world.vendor)
    world.bob.sponsored_vendors.add(world.mallory.vendor)  # type: ignore[arg-type]  # a vendor that may be None
    with pytest.raises(NotAllowedError):
        dismiss_contractor(user_id=stranger.pk, by=world.bob, reason="No.", now=timezone.now())
