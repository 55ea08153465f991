"""Changes of staff accounts: one admin asks, a second confirms, a third is the one it is about."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils import timezone

from grants.errors import FieldError, FourEyesError, LastAdminsError, NotAllowedError, WrongStateError
from grants.flows.approve import approve_grant
from grants.flows.issue.begin import begin_attempt
from grants.flows.people import (
    Wanted,
    ask_change,
    change_at_once,
    confirm_change,
    note_sign_in,
    refuse_change,
)
from grants.flows.vendors import VendorFields, register_at_once
from grants.models import AuditEvent, AuditPersonal, Grant, OutboxMail, PersonChange, SignIn, User
from grants.models.person import APPROVERS, AUDITORS, TEMPLATE_ADMINS
from grants.models.person_change import ChangeKind
from grants.policies import check_approvals
from grants.values import Origin
from tests.factories import World, make_request, make_staff, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def abe(world: World) -> User:
    """A second template admin, so that there are four eyes."""
    del world
    return make_staff("abe", TEMPLATE_ADMINS)


def ask(by: User, kind: ChangeKind, whom: str, role: str = "") -> PersonChange:
    wanted = Wanted(kind, whom, full_name="New Person", role=role)
    return ask_change(wanted=wanted, by=by, reason="They changed teams.", now=timezone.now())


def roles(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def test_a_role_is_given_only_when_a_second_admin_confirms(world: World, abe: User) -> None:
    change = ask(world.ada, ChangeKind.GIVE, world.alice.email, APPROVERS)
    assert roles(world.alice) == set()
    confirm_change(change_id=change.pk, by=abe, now=timezone.now())
    assert roles(world.alice) == {APPROVERS}
    kinds = list(AuditEvent.objects.order_by("seq").values_list("kind", flat=True))[-2:]
    assert kinds == ["person.change_asked", "person.role_given"]
    assert OutboxMail.objects.get(event="change_to_confirm").to_address == abe.email
    assert OutboxMail.objects.get(event="person_changed").to_address == world.alice.email


def test_whoever_asked_does_not_confirm(world: World, abe: User) -> None:
    del abe
    change = ask(world.ada, ChangeKind.GIVE, world.alice.email, APPROVERS)
    with pytest.raises(FourEyesError):
        confirm_change(change_id=change.pk, by=world.ada, now=timezone.now())


def test_a_second_account_of_the_same_person_makes_no_four_eyes(world: World, abe: User) -> None:
    User.objects.filter(pk=abe.pk).update(person=world.ada.person)
    abe.refresh_from_db()
    change = ask(world.ada, ChangeKind.GIVE, world.alice.email, APPROVERS)
    with pytest.raises(FourEyesError):
        confirm_change(change_id=change.pk, by=abe, now=timezone.now())


def test_an_operators_words_and_a_sponsors_address_can_be_erased_from_the_audit_log(world: World) -> None:
    now, reason = timezone.now(), "Alice Aldridge moved to Oslo."
    change_at_once(wanted=Wanted(ChangeKind.LEAVE, world.alice.email), reason=reason, now=now)
    fields = VendorFields(name="Beta", contract_ends_at=now + timedelta(days=9), sponsors=[world.bob.email])
    register_at_once(fields=fields, now=now)
    rows = " ".join(AuditEvent.objects.values_list("payload", flat=True))
    assert reason not in rows
    assert world.bob.email not in rows
    assert str(world.bob.pk) in AuditEvent.objects.get(kind="vendor.registered").payload
    assert AuditPersonal.objects.filter(field="reason", value=reason).exists()


def test_nobody_gives_themselves_a_role(world: World, abe: User) -> None:
    with pytest.raises(FourEyesError):
        ask(world.ada, ChangeKind.GIVE, world.ada.email, APPROVERS)
    change = ask(world.ada, ChangeKind.GIVE, abe.email, APPROVERS)
    with pytest.raises(FourEyesError):
        confirm_change(change_id=change.pk, by=abe, now=timezone.now())


def test_the_database_refuses_two_eyes(world: World, abe: User) -> None:
    del abe
    change = ask(world.ada, ChangeKind.GIVE, world.alice.email, APPROVERS)
    row = PersonChange.objects.filter(pk=change.pk)
    confirmed = {"confirmed_at": timezone.now(), "confirmed_by": world.ada, "confirmed_by_person": world.ada.person}
    with pytest.raises(IntegrityError, match="change_has_four_eyes"), transaction.atomic():
        row.update(**confirmed)


@pytest.mark.parametrize("who", ["bob", "alice", "otto", "carol"])
def test_only_template_admins_ask(world: World, who: str) -> None:
    with pytest.raises(NotAllowedError):
        ask(getattr(world, who), ChangeKind.GIVE, world.alice.email, APPROVERS)


def test_a_refused_or_old_change_is_never_made(world: World, abe: User) -> None:
    refused = ask(world.ada, ChangeKind.GIVE, world.alice.email, APPROVERS)
    refuse_change(change_id=refused.pk, by=abe, now=timezone.now())
    old = ask(world.ada, ChangeKind.GIVE, world.alice.email, AUDITORS)
    PersonChange.objects.filter(pk=old.pk).update(expires_at=timezone.now())
    for change in (refused, old):
        with pytest.raises(WrongStateError):
            confirm_change(change_id=change.pk, by=abe, now=timezone.now())
    assert roles(world.alice) == set()


def test_a_change_is_made_once(world: World, abe: User) -> None:
    change = ask(world.ada, ChangeKind.TAKE, world.bob.email, APPROVERS)
    confirm_change(change_id=change.pk, by=abe, now=timezone.now())
    with pytest.raises(WrongStateError):
        confirm_change(change_id=change.pk, by=abe, now=timezone.now())
    assert roles(world.bob) == set()


@pytest.mark.parametrize("kind", [ChangeKind.TAKE, ChangeKind.LEAVE])
def test_two_admins_always_stay(world: World, abe: User, kind: ChangeKind) -> None:
    third = make_staff("amy", TEMPLATE_ADMINS)
    role = TEMPLATE_ADMINS if kind == ChangeKind.TAKE else ""
    confirm_change(
        change_id=ask(world.ada, kind, third.email, role).pk, by=abe, now=timezone.now()
    )  # three: one may go
    fourth = make_staff("ann", TEMPLATE_ADMINS)
    change = ask(world.ada, kind, fourth.email, role)
    world.ada.groups.clear()
    with pytest.raises(LastAdminsError):
        confirm_change(change_id=change.pk, by=abe, now=timezone.now())


def test_an_operator_may_take_the_last_admins_and_the_audit_log_says_so(world: World) -> None:
    wanted = Wanted(ChangeKind.TAKE, world.ada.email, role=TEMPLATE_ADMINS)
    change_at_once(wanted=wanted, reason="Left in a hurry.", now=timezone.now())
    assert roles(world.ada) == set()
    assert '"actor":"operator"' in AuditEvent.objects.get(kind="person.role_taken").payload


def test_a_leaver_is_signed_out_and_what_they_approved_stays(world: World, abe: User) -> None:
    grant = make_request(world).grant
    approve_grant(reference=grant.reference, by=world.bob, snapshot_hash=grant.snapshot_hash, now=timezone.now())
    later = timezone.now() + timedelta(hours=1)
    Session.objects.create(session_key="a" * 40, session_data="", expire_date=later)
    note_sign_in(by=world.bob, session_row="a" * 40, origin=Origin(None, ""), now=timezone.now())
    change = ask(world.ada, ChangeKind.LEAVE, world.bob.email)
    confirm_change(change_id=change.pk, by=abe, now=timezone.now())
    world.bob.refresh_from_db()
    assert (world.bob.is_active, roles(world.bob), world.bob.has_usable_password()) == (False, set(), False)
    assert not Session.objects.exists()
    assert not SignIn.objects.exists()
    assert Grant.objects.get().state == "approved"
    assert grant.decisions.get().decider == world.bob


def test_what_a_sponsor_who_leaves_had_asked_for_ends_unless_it_is_picked_up_and_its_contractor_is_told(
    world: World, abe: User
) -> None:
    world.vendor.sponsors.add(world.alice)
    asked, approved, begun = (make_request(world, by=world.alice, recipient=world.carol).grant for _ in range(3))
    for grant in (approved, begun):
        approve_grant(reference=grant.reference, by=world.bob, snapshot_hash=grant.snapshot_hash, now=timezone.now())
    begin_attempt(grant_id=begun.pk, now=timezone.now())
    change = ask(world.ada, ChangeKind.LEAVE, world.alice.email)
    confirm_change(change_id=change.pk, by=abe, now=timezone.now())
    for grant in (asked, approved, begun):
        grant.refresh_from_db()
    assert (asked.state, approved.state, begun.state) == ("withdrawn", "revoked", "issuing")
    assert begun.revoke_requested_at is not None
    told = OutboxMail.objects.filter(to_address=world.carol.email, event__in=["request_ended", "grant_revoked"])
    assert {mail.event for mail in told} == {"request_ended", "grant_revoked"}
    assert all("has left" in str(mail.context["reason"]) for mail in told)


def test_a_leavers_signature_counts_no_more_for_what_is_not_issued_yet(world: World, abe: User) -> None:
    grant = make_request(world).grant
    approve_grant(reference=grant.reference, by=world.bob, snapshot_hash=grant.snapshot_hash, now=timezone.now())
    change = ask(world.ada, ChangeKind.LEAVE, world.bob.email)
    confirm_change(change_id=change.pk, by=abe, now=timezone.now())
    with pytest.raises(Exception, match="approvals it needs"):
        check_approvals(Grant.objects.get(), timezone.now())


def test_a_new_member_of_staff_gets_one_sealed_link(world: World, abe: User) -> None:
    change = ask(world.ada, ChangeKind.JOIN, "nina@daypass.example", AUDITORS)
    nina = confirm_change(change_id=change.pk, by=abe, now=timezone.now())
    assert (nina.is_staff, roles(nina), nina.has_usable_password()) == (True, {AUDITORS}, False)
    mail = OutboxMail.objects.get(event="staff_joined")
    assert mail.sealed
    assert "password" not in str(mail.context)


@pytest.mark.parametrize(
    ("kind", "whom", "role", "field"),
    [
        (ChangeKind.GIVE, "bob@daypass.example", APPROVERS, "role"),  # has it
        (ChangeKind.TAKE, "alice@daypass.example", APPROVERS, "role"),  # has it not
        (ChangeKind.GIVE, "alice@daypass.example", "emperors", "role"),
        (ChangeKind.GIVE, "nobody@daypass.example", APPROVERS, "email"),
        (ChangeKind.GIVE, "carol@acme-robotics.example", APPROVERS, "email"),  # contractors have no roles
        (ChangeKind.JOIN, "bob+2@daypass.example", APPROVERS, "email"),  # the same mailbox
    ],
)
def test_an_impossible_change_is_refused_at_its_field(
    world: World, kind: ChangeKind, whom: str, role: str, field: str
) -> None:
    with pytest.raises(FieldError) as refused:
        ask(world.ada, kind, whom, role)
    assert refused.value.field == field


def test_the_same_change_is_asked_for_once(world: World) -> None:
    ask(world.ada, ChangeKind.GIVE, world.alice.email, APPROVERS)
    with pytest.raises(FieldError):
        ask(world.ada, ChangeKind.GIVE, world.alice.email, APPROVERS)
