"""Somebody is stopped by one person and let back in by two; what they had asked for or not used ends at once."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.module_loading import import_string
from pytest_django.fixtures import Settings

from grants import queries
from grants.errors import (
    ApprovalMissingError,
    FieldError,
    FourEyesError,
    GrantError,
    NotAllowedError,
    NotFoundError,
    WrongStateError,
)
from grants.flows.approve import approve_grant
from grants.flows.check_invariants import check_invariants
from grants.flows.issue.begin import begin_attempt
from grants.flows.people import (
    Wanted,
    ask_change,
    change_at_once,
    confirm_change,
    dismiss_contractor,
    freeze_person,
    note_sign_in,
    revoke_held,
)
from grants.flows.retry import retry_grant
from grants.flows.reveal import reveal_credentials
from grants.models import AuditEvent, Denial, Grant, OutboxMail, SealedCredential, SignIn, User
from grants.models.person import APPROVERS, TEMPLATE_ADMINS
from grants.models.person_change import ChangeKind
from grants.policies import check_approvals
from grants.policy.unsigned import NOTHING
from grants.values import Origin, Shown
from portal.accounts.backends import may_sign_in
from tests.factories import (
    World,
    make_approved,
    make_issued,
    make_request,
    make_revealed,
    make_staff,
    make_world,
)
from tests.keys_of_approvers import SoftKey
from tests.windows import open_window

pytestmark = pytest.mark.django_db
WHY = "Her laptop was stolen."
LATER = timezone.now() + timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return make_world()


def freeze(who: User, by: User, reason: str = WHY) -> User:
    frozen = freeze_person(user_id=who.pk, by=by, reason=reason, now=timezone.now())
    who.refresh_from_db()
    return frozen


def thaw(who: User, by: User, second: User) -> None:
    change = ask_change(wanted=Wanted(ChangeKind.THAW, who.email), by=by, reason="A false alarm.", now=timezone.now())
    confirm_change(change_id=change.pk, by=second, now=timezone.now())
    who.refresh_from_db()


def sign(who: User, grant: Grant, assertion: str = "") -> Grant:
    read, now = grant.snapshot_hash, timezone.now()
    return approve_grant(reference=grant.reference, by=who, snapshot_hash=read, now=now, assertion=assertion)


def states(*grants: Grant) -> list[str]:
    return [Grant.objects.get(pk=grant.pk).state for grant in grants]


def test_who_is_frozen_is_out_of_every_session_and_cannot_sign_in(world: World) -> None:
    for number in range(2):
        row = f"row{number}"
        Session.objects.create(session_key=row, session_data="", expire_date=LATER)
        note_sign_in(by=world.carol, session_row=row, origin=Origin(None, ""), now=timezone.now())
    Session.objects.create(session_key="row1x", session_data="", expire_date=LATER)
    freeze(world.carol, world.bob)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["row1x"]
    assert not SignIn.objects.filter(user=world.carol).exists()
    assert not may_sign_in(world.carol, timezone.now())


def test_who_is_frozen_neither_asks_decides_nor_picks_up(world: World) -> None:
    issued, asked = make_issued(world), make_request(world).grant
    User.objects.filter(pk=world.carol.pk).update(is_active=False, frozen_at=timezone.now(), frozen_by=world.ada)
    freeze(world.bob, world.ada)
    world.carol.refresh_from_db()
    with pytest.raises(NotAllowedError):
        make_request(world)
    with pytest.raises(NotAllowedError):
        approve_grant(reference=asked.reference, by=world.bob, snapshot_hash=asked.snapshot_hash, now=timezone.now())
    with pytest.raises(GrantError):
        reveal_credentials(
            link_id=issued.link.pk,
            token=issued.token,
            shown=Shown(code=issued.code),
            origin=Origin(None, ""),
            now=timezone.now(),
        )


def test_what_is_undecided_or_not_picked_up_ends_and_the_rest_is_listed(world: World) -> None:
    asked, approved, issued = make_request(world).grant, make_approved(world), make_issued(world).grant
    revealed, issuing = make_revealed(world), make_approved(world)
    begin_attempt(grant_id=issuing.pk, now=timezone.now())
    freeze(world.carol, world.bob)
    assert states(asked, approved, issued, revealed) == ["lapsed", "revoked", "revoked", "revealed"]
    assert SealedCredential.objects.get(grant=issued).ciphertext is None
    assert Grant.objects.get(pk=issuing.pk).revoke_requested_at is not None
    assert set(queries.held_by(world.carol)) == {revealed, issuing}


def test_grants_are_locked_before_a_closed_window_takes_the_end_of_the_audit_chain(world: World) -> None:
    """The issue worker has its grant and waits for that end: whoever has the end must not wait for the grant."""
    open_window(world)
    with CaptureQueriesContext(connection) as asked:
        freeze(world.bob, world.ada)
    statements = [query["sql"] for query in asked]
    locks = [at for at, sql in enumerate(statements) if "FOR NO KEY UPDATE" in sql]
    rows = [at for at, sql in enumerate(statements) if 'INSERT INTO "grants_auditevent"' in sql]
    assert len(locks) == 3  # accounts, windows, grants
    assert max(locks) < min(rows)


def test_the_typed_reason_goes_to_the_admins_and_not_to_the_frozen_mailbox(world: World) -> None:
    make_request(world)
    freeze(world.carol, world.bob)
    told = {mail.to_address for mail in OutboxMail.objects.all() if WHY in str(mail.context)}
    assert told == {world.ada.email}
    assert OutboxMail.objects.filter(to_address=world.carol.email, event="person_changed").exists()
    assert WHY not in AuditEvent.objects.get(kind="person.frozen").payload


def test_every_account_of_the_person_is_frozen(world: World) -> None:
    other = make_staff("carla")
    User.objects.filter(pk=other.pk).update(person=world.bob.person)
    freeze(world.bob, world.bea)
    other.refresh_from_db()
    assert (other.is_active, other.frozen_by) == (False, world.bea)


@pytest.mark.parametrize(
    ("who", "may"), [("bob", True), ("ada", True), ("alice", False), ("otto", False), ("carol", False)]
)
def test_approvers_and_template_admins_may_freeze(world: World, who: str, may: bool) -> None:  # noqa: FBT001 - a table
    if may:
        freeze(world.mallory, getattr(world, who))
        return
    with pytest.raises(NotAllowedError):
        freeze(world.mallory, getattr(world, who))


def test_freezing_needs_a_reason_and_somebody_who_is_not_frozen(world: World) -> None:
    with pytest.raises(FieldError):
        freeze(world.carol, world.bob, reason=" ")
    freeze(world.carol, world.bob)
    with pytest.raises(WrongStateError):
        freeze(world.carol, world.bea)
    with pytest.raises(FieldError):
        ask_change(wanted=Wanted(ChangeKind.THAW, world.bob.email), by=world.ada, reason="No.", now=timezone.now())


def test_what_a_frozen_approver_had_signed_is_not_issued_any_more(world: World) -> None:
    grant, taken = make_approved(world), make_revealed(world)
    freeze(world.bob, world.ada)
    with pytest.raises(ApprovalMissingError):
        check_approvals(grant, timezone.now())
    assert set(queries.held_by(world.bob)) == {grant, taken}


def test_what_a_frozen_person_holds_is_revoked_by_whoever_may_freeze(world: World) -> None:
    grants = [make_revealed(world), make_revealed(world)]
    with pytest.raises(WrongStateError):
        revoke_held(
            user_id=world.carol.pk, references=[grants[0].reference], by=world.ada, reason=WHY, now=timezone.now()
        )
    freeze(world.carol, world.bob)
    revoke_held(user_id=world.carol.pk, references=[grants[0].reference], by=world.ada, reason=WHY, now=timezone.now())
    assert states(*grants) == ["revoked", "revealed"]
    assert Denial.objects.get().grant == grants[0]


def test_a_grant_that_is_not_theirs_is_not_revoked_on_that_page(world: World) -> None:
    freeze(world.mallory, world.bob)
    other = make_revealed(world)
    with pytest.raises(NotFoundError):
        revoke_held(
            user_id=world.mallory.pk, references=[other.reference], by=world.ada, reason=WHY, now=timezone.now()
        )
    assert states(other) == ["revealed"]


def test_two_admins_let_somebody_back_in_and_one_does_not(world: World) -> None:
    abe = make_staff("abe", TEMPLATE_ADMINS)
    freeze(world.carol, world.bob)
    change = ask_change(wanted=Wanted(ChangeKind.THAW, world.carol.email), by=abe, reason="Fine.", now=timezone.now())
    with pytest.raises(FourEyesError):
        confirm_change(change_id=change.pk, by=abe, now=timezone.now())
    confirm_change(change_id=change.pk, by=world.ada, now=timezone.now())
    world.carol.refresh_from_db()
    assert (world.carol.is_active, world.carol.frozen_at, world.carol.frozen_by) == (True, None, None)
    assert AuditEvent.objects.filter(kind="person.thawed", subject=str(world.carol.pk)).exists()
    make_request(world)


def test_a_frozen_admin_does_not_let_themselves_back_in_and_an_operator_does(world: World) -> None:
    abe = make_staff("abe", TEMPLATE_ADMINS)
    freeze(world.ada, world.bob)
    with pytest.raises(NotAllowedError):
        thaw(world.ada, world.ada, abe)
    change_at_once(wanted=Wanted(ChangeKind.THAW, world.ada.email), reason="She called.", now=timezone.now())
    world.ada.refresh_from_db()
    assert world.ada.is_active


def test_a_frozen_contractor_can_still_be_dismissed_and_is_not_let_back_in_then(world: World) -> None:
    freeze(world.carol, world.bob)
    dismiss_contractor(user_id=world.carol.pk, by=world.ada, reason="She left.", now=timezone.now())
    with pytest.raises(FieldError):
        ask_change(wanted=Wanted(ChangeKind.THAW, world.carol.email), by=world.ada, reason="No.", now=timezone.now())


def test_letting_somebody_back_in_brings_no_signature_back_and_they_may_sign_again() -> None:
    world = make_world(signers={APPROVERS: 2})
    grant, abe = make_request(world).grant, make_staff("abe", TEMPLATE_ADMINS)
    sign(world.bob, grant)
    freeze(world.bob, world.bea)
    thaw(world.bob, world.ada, abe)
    assert [row.reference for row in queries.undecided_signed_by(world.bob)] == [grant.reference]
    assert sign(world.bea, grant).state == "requested"  # hers is the only one
    assert sign(world.bob, grant).state == "approved"
    assert begin_attempt(grant_id=grant.pk, now=timezone.now())
    assert not [each for each in check_invariants(now=timezone.now()) if each.offences]


@pytest.mark.parametrize("is_signed", [False, True])
def test_what_was_approved_before_a_freeze_is_issued_by_nobody_after_it(settings: Settings, *, is_signed: bool) -> None:
    world, abe, soft = make_world(), make_staff("abe", TEMPLATE_ADMINS), SoftKey()
    grant = make_request(world).grant
    if is_signed:
        settings.UNSIGNED_APPROVALS = NOTHING
        soft.trust(world.bob)
    sign(world.bob, grant, soft.sign(grant.snapshot_hash) if is_signed else "")
    freeze(world.bob, world.bea)
    thaw(world.bob, world.ada, abe)
    assert begin_attempt(grant_id=grant.pk, now=timezone.now()) is None
    grant.refresh_from_db()
    assert (grant.state, grant.failure_code) == ("failed", "approval_missing")
    with pytest.raises(ApprovalMissingError):
        retry_grant(reference=grant.reference, by=world.bea, now=timezone.now())


def test_what_is_signed_in_the_moment_of_a_freeze_does_not_count_after_it(world: World) -> None:
    grant, stale = make_request(world).grant, User.objects.get(pk=world.bob.pk)
    freeze(world.bob, world.bea)
    thaw(world.bob, world.ada, make_staff("abe", TEMPLATE_ADMINS))
    assert sign(stale, grant).state == "requested"  # by a page that was let in before


def frozen_meanwhile(world: World) -> None:
    """Bob, by somebody else's transaction."""
    User.objects.filter(pk=world.bob.pk).update(is_active=False, frozen_at=timezone.now(), frozen_by=world.bea)


@pytest.mark.parametrize(
    "step",
    ["grants.flows.approve.sign._is_complete", "grants.ledger.grant_letter"],
    ids=["before it is read until when they stand", "before it is written"],
)
def test_a_freeze_in_the_middle_of_an_approval_is_told_and_nothing_is_approved(
    world: World, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant, read = make_request(world).grant, import_string(step)

    def read_and_lose(*args: object, **named: object) -> object:
        answer = read(*args, **named)
        frozen_meanwhile(world)
        return answer

    monkeypatch.setattr(step, read_and_lose)
    with pytest.raises(WrongStateError):
        sign(world.bob, grant)
    assert states(grant) == ["requested"]


def test_a_freeze_in_the_middle_of_beginning_is_for_the_next_sweep(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grants.flows.issue.begin.check_believed", lambda *_: frozen_meanwhile(world))
    grant = make_approved(world)
    assert begin_attempt(grant_id=grant.pk, now=timezone.now()) is None
    assert (states(grant), grant.attempts.count()) == (["approved"], 0)


def test_the_database_counts_freezes_by_itself_and_lets_nobody_uncount_them(world: World) -> None:
    grant = make_approved(world)
    freeze(world.bob, world.ada)
    User.objects.filter(pk=world.bob.pk).update(times_frozen=0, is_active=True, frozen_at=None, frozen_by=None)
    world.bob.refresh_from_db()
    assert (world.bob.is_active, world.bob.times_frozen) == (True, 1)
    with pytest.raises(DatabaseError, match="have signed"), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(state="issuing")


def test_what_a_frozen_admin_had_asked_for_stays_refused_after_they_are_let_back_in(world: World) -> None:
    abe, eve = make_staff("abe", TEMPLATE_ADMINS), make_staff("eve", TEMPLATE_ADMINS)
    wanted = Wanted(ChangeKind.GIVE, world.bea.email, role=TEMPLATE_ADMINS)
    change = ask_change(wanted=wanted, by=eve, reason="She asked.", now=timezone.now())
    freeze(eve, world.bob)
    thaw(eve, world.ada, abe)
    with pytest.raises(WrongStateError):
        confirm_change(change_id=change.pk, by=abe, now=timezone.now())


def test_what_a_frozen_admin_had_asked_for_is_confirmed_by_nobody(world: World) -> None:
    abe, eve = make_staff("abe", TEMPLATE_ADMINS), make_staff("eve", TEMPLATE_ADMINS)
    wanted = Wanted(ChangeKind.GIVE, world.bea.email, role=TEMPLATE_ADMINS)
    change = ask_change(wanted=wanted, by=eve, reason="She asked.", now=timezone.now())
    freeze(eve, world.bob)
    with pytest.raises(WrongStateError):
        confirm_change(change_id=change.pk, by=abe, now=timezone.now())
    assert not world.bea.groups.filter(name=TEMPLATE_ADMINS).exists()


def test_the_database_refuses_an_account_that_is_frozen_and_active(world: World) -> None:
    for changes in (
        {"frozen_at": timezone.now(), "frozen_by": world.ada},
        {"frozen_at": timezone.now(), "is_active": False},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=world.bob.pk).update(**changes)
