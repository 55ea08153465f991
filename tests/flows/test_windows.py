"""Pre-approved windows: signed once, used within what was signed, and by nobody else."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from grants.errors import FieldError, OwnWindowError, VendorClosedError, WindowMovedError, WindowSignedError
from grants.flows.issue.begin import begin_attempt
from grants.flows.people import freeze_person
from grants.flows.revoke_many import after_restore
from grants.flows.templates import retire_template
from grants.flows.vendors import close_vendor, reopen_vendor
from grants.flows.windows import close_window
from grants.ledger import record_decision
from grants.models import AuditEvent, Grant, OutboxMail, User, Vendor, Window, WindowSignature
from grants.models.decision import Verdict
from grants.models.person import APPROVERS
from grants.policies import read_snapshot
from grants.policy.snapshot import hash_of, to_canonical
from grants.values import new_reference
from tests.factories import (
    HOUR,
    World,
    make_contractor,
    make_request,
    make_staff,
    make_version,
    make_world,
    save_forged,
)
from tests.windows import draw_up, make_revealed_under, open_window, sign, until

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def mailed(event: str) -> list[str]:
    return sorted(OutboxMail.objects.filter(event=event).values_list("to_address", flat=True))


# --- within what was signed -----------------------------------------------------------------------------------------


def test_a_request_that_fits_is_approved_when_it_is_made_and_names_its_window(world: World) -> None:
    window = open_window(world)
    grant = make_request(world).grant
    assert (grant.state, grant.window, grant.window_note) == ("approved", window, "")
    decision = grant.decisions.get()
    assert (decision.decider, decision.group, decision.snapshot_hash) == (world.bob, APPROVERS, grant.snapshot_hash)
    event = AuditEvent.objects.get(kind="grant.approved", subject=grant.reference)
    assert f'"window":"{window.reference}"' in event.payload
    assert window.text_hash in event.payload
    assert begin_attempt(grant_id=grant.pk, now=timezone.now())


def test_nobody_is_asked_to_decide_what_a_window_decides(world: World) -> None:
    open_window(world)
    make_request(world)
    assert mailed("approver_new_request") == []
    assert mailed("request_approved") == [world.carol.email]


def test_a_sponsor_asks_under_it_for_whom_it_is(world: World) -> None:
    world.vendor.sponsors.add(world.alice)
    open_window(world)
    assert make_request(world, by=world.alice, recipient=world.carol).grant.state == "approved"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"seconds": 3 * HOUR}, "it allows 2 hours at most"),
        ({"starts_at": until(10).replace(hour=23, minute=0, second=0)}, "this would run beyond its end"),
    ],
)
def test_one_that_does_not_fit_goes_the_ordinary_way_and_says_why(
    world: World, asked: dict[str, Any], why: str
) -> None:
    window = open_window(world)
    grant = make_request(world, **asked).grant
    assert (grant.state, grant.window) == ("requested", None)
    assert f"window {window.reference} does not cover this: {why}" in grant.window_note
    assert mailed("approver_new_request") == [world.bea.email, world.bob.email]
    assert why in AuditEvent.objects.get(kind="grant.requested").payload


def test_it_is_for_nobody_else_and_they_hear_nothing_of_it(world: World) -> None:
    open_window(world)
    dan = make_contractor("dan", world.vendor)
    grant = make_request(world, by=dan).grant
    assert (grant.state, grant.window_note) == ("requested", "")


def test_a_used_up_window_says_so(world: World) -> None:
    open_window(world, grants_max=2)
    assert [make_request(world).grant.state for _ in range(3)] == ["approved", "approved", "requested"]
    assert "it is used up, 2 of 2" in Grant.objects.get(state="requested").window_note


def test_of_two_windows_the_one_that_fits_is_used(world: World) -> None:
    open_window(world, grants_max=1, ends_at=until(20))
    wide = open_window(world, seconds_max=6 * HOUR)
    assert make_request(world, seconds=5 * HOUR).grant.window == wide


# --- what makes it stop ----------------------------------------------------------------------------------------------


def test_an_unsigned_window_approves_nothing(world: World) -> None:
    draw_up(world)
    assert make_request(world).grant.state == "requested"


def test_a_version_published_since_or_a_retired_template_stops_it(world: World) -> None:
    open_window(world)
    make_version(issuer=world.issuer, by=world.ada, vendor=world.vendor)
    grant = make_request(world).grant
    assert (grant.state, "published anew since" in grant.window_note) == ("requested", True)
    stale = draw_up(world)
    retire_template(by=world.ada, slug=world.template.slug, reason="Nobody needs it.", now=timezone.now())
    with pytest.raises(WindowMovedError):
        sign(stale, world.bob)


def test_a_frozen_signer_stops_it_for_good_and_what_is_not_issued_yet(world: World) -> None:
    window = open_window(world)
    grant = make_request(world).grant
    freeze_person(user_id=world.bob.pk, by=world.bea, reason="Stolen laptop.", now=timezone.now())
    assert begin_attempt(grant_id=grant.pk, now=timezone.now()) is None
    User.objects.filter(pk=world.bob.pk).update(is_active=True, frozen_at=None, frozen_by=None)  # let back in
    window.refresh_from_db()
    assert (window.closed_by, make_request(world).grant.state) == (world.bea, "requested")


def test_a_signer_who_left_stops_it(world: World) -> None:
    open_window(world)
    User.objects.filter(pk=world.bob.pk).update(is_active=False)
    grant = make_request(world).grant
    assert (grant.state, "no longer here" in grant.window_note) == ("requested", True)


def test_after_its_end_nothing_is_approved_or_issued(world: World) -> None:
    window = open_window(world, ends_at=until(1))
    grant, after = make_request(world).grant, window.ends_at + timedelta(minutes=1)
    assert begin_attempt(grant_id=grant.pk, now=after) is None
    assert make_request(world, now=after).grant.state == "requested"


def test_a_contract_that_ends_sooner_stops_what_is_asked_and_what_is_not_issued(world: World) -> None:
    open_window(world)
    grant = make_request(world).grant
    Vendor.objects.filter(pk=world.vendor.pk).update(contract_ends_at=timezone.now() + timedelta(minutes=10))
    world.carol.refresh_from_db()
    with pytest.raises(VendorClosedError):
        make_request(world)
    assert begin_attempt(grant_id=grant.pk, now=timezone.now()) is None
    grant.refresh_from_db()
    assert (grant.state, grant.failure_code) == ("failed", VendorClosedError.code)


def test_closing_it_ends_what_is_not_picked_up_and_leaves_the_rest(world: World) -> None:
    window = open_window(world)
    revealed, approved = make_revealed_under(world), make_request(world).grant
    close_window(reference=window.reference, by=world.bea, reason="The migration is done.", now=timezone.now())
    approved.refresh_from_db()
    revealed.refresh_from_db()
    assert (approved.state, revealed.state) == ("revoked", "revealed")
    assert make_request(world).grant.state == "requested"
    assert mailed("window_closed") == [world.bob.email, world.carol.email]
    assert approved.reference in AuditEvent.objects.get(kind="window.closed").payload


def test_it_is_closed_once_with_a_reason_by_whoever_signs_for_the_template(world: World) -> None:
    window, now = open_window(world), timezone.now()
    with pytest.raises(FieldError):
        close_window(reference=window.reference, by=world.bea, reason=" ", now=now)
    close_window(reference=window.reference, by=world.bea, reason="Done.", now=now)
    with pytest.raises(WindowMovedError):
        close_window(reference=window.reference, by=world.bob, reason="Done.", now=now)


def test_a_vendor_that_closes_and_a_restore_close_its_windows_for_good(world: World) -> None:
    window = open_window(world)
    close_vendor(slug=world.vendor.slug, by=world.ada, reason="The contract is over.", now=timezone.now())
    reopen_vendor(slug=world.vendor.slug, by=world.ada, reason="It goes on.", now=timezone.now())
    window.refresh_from_db()
    assert (window.closed_by, window.closed_reason) == (world.ada, "The contract is over.")
    other = open_window(world)
    after_restore(clock=timezone.now)
    other.refresh_from_db()
    assert other.closed_at
    assert make_request(world).grant.state == "requested"


# --- who signs -------------------------------------------------------------------------------------------------------


def test_as_many_sign_as_for_a_request_and_each_person_once() -> None:
    world = make_world(signers={APPROVERS: 1, "security": 1})
    sam = make_staff("sam", "security")
    window = sign(draw_up(world), world.bob)
    assert window.opened_at is None
    for who in (world.bob, world.bea):  # has signed; the group has
        with pytest.raises(WindowSignedError):
            sign(window, who)
    assert sign(window, sam).opened_at
    assert mailed("window_to_sign") == [world.bea.email, sam.email]
    assert (mailed("window_for_you"), mailed("window_opened")) == ([world.carol.email], [world.bob.email])
    assert {row.decider for row in make_request(world).grant.decisions.all()} == {world.bob, sam}


def test_whoever_invited_a_recipient_neither_chooses_them_nor_signs(world: World) -> None:
    world.alice.groups.set(world.bob.groups.all())
    with pytest.raises(FieldError):
        draw_up(world, by=world.alice)
    with pytest.raises(OwnWindowError):
        sign(draw_up(world), world.alice)


def test_whoever_signed_it_asks_for_nobody_under_it(world: World) -> None:
    world.vendor.sponsors.add(world.bob)
    open_window(world)
    grant = make_request(world, by=world.bob, recipient=world.carol).grant
    assert (grant.state, "whoever asks has signed it" in grant.window_note) == ("requested", True)


def test_what_was_read_is_what_is_signed(world: World) -> None:
    window = draw_up(world)
    window.text_hash = "0" * 64
    with pytest.raises(WindowMovedError):
        sign(window, world.bob)
    assert not WindowSignature.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"recipients": ()}, "recipients"),
        ({"grants_max": 0}, "times"),
        ({"grants_max": 501}, "times"),
        ({"seconds_max": 13 * HOUR}, "hours"),
        ({"ends_at": until(-1)}, "until"),
        ({"ends_at": until(91)}, "until"),
        ({"reason": "Logs."}, "reason"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(world: World, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldError) as refusal:
        draw_up(world, **changes)
    assert refusal.value.field == field


def test_it_never_outlives_the_contract(world: World) -> None:
    Vendor.objects.filter(pk=world.vendor.pk).update(contract_ends_at=timezone.now() + timedelta(days=5))
    with pytest.raises(FieldError, match="contract"):
        draw_up(world)


# --- the database, whoever writes -------------------------------------------------------------------------------------

BREAKS = {
    "the text": "UPDATE grants_window SET text = text || ' '",
    "the end": "UPDATE grants_window SET ends_at = ends_at + interval '1 day'",
    "a signature": "UPDATE grants_windowsignature SET \"group\" = 'security'",
    "the window of a grant": "UPDATE grants_grant SET window_id = NULL",
    "closing without an audit row": "UPDATE grants_window SET closed_at = now(), closed_by_id = drawn_up_by_id,"
    " closed_reason = 'x'; SET CONSTRAINTS ALL IMMEDIATE",
    "a window away": "DELETE FROM grants_window",
}


@pytest.mark.parametrize("what", BREAKS)
def test_the_database_changes_nothing_that_was_signed(world: World, what: str) -> None:
    open_window(world, grants_max=1)
    make_request(world)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BREAKS[what])


@pytest.mark.parametrize("who", ["carol", "alice"])
def test_the_database_lets_neither_recipient_nor_inviter_sign(world: World, who: str) -> None:
    window, signer = draw_up(world), getattr(world, who)
    row = WindowSignature(
        window=window, signer=signer, signer_person=signer.person, group=APPROVERS, text_hash=window.text_hash,
        signed_at=timezone.now(),
    )  # fmt: skip
    with pytest.raises(Error, match="by nobody whom it is for"), transaction.atomic():
        row.save(force_insert=True)


def forge_grant(window: Window, like: Grant) -> Grant:
    """A second grant under the window, undecided, as somebody writes it who may write grants."""
    like.pk, like.reference, like.state, like.window = uuid.uuid4(), new_reference(), "requested", window
    like.snapshot = to_canonical(replace(read_snapshot(like), reference=like.reference))
    like.snapshot_hash = hash_of(like.snapshot)
    like.approved_at = like.approval_until = None
    save_forged(like)
    return like


def test_the_database_takes_no_grant_beyond_the_ceiling(world: World) -> None:
    window = open_window(world, grants_max=1)
    with pytest.raises(Error, match="within what was signed"), transaction.atomic():
        forge_grant(window, make_request(world).grant)


def test_the_database_takes_no_decision_under_a_window_from_whoever_did_not_sign_it(world: World) -> None:
    grant = forge_grant(open_window(world), make_request(world).grant)
    with pytest.raises(Error, match="decided by those who signed it"), transaction.atomic():
        record_decision(
            grant=grant, by=world.bea, group=APPROVERS, verdict=Verdict.APPROVE, reason="", now=timezone.now()
        )
