"""Somebody of the same group stands in: both are named, one signs, and separation of duties holds for both."""

from datetime import timedelta

import pytest
from django.db import Error, transaction
from django.utils import timezone

from grants.errors import AlreadySignedError, FieldError, NotAllowedError, NotFoundError, OwnGrantError, WrongStateError
from grants.flows.approve import approve_grant
from grants.flows.deliver import _write_letter
from grants.flows.deny import deny_grant
from grants.flows.deputies import end_deputy, name_deputy
from grants.flows.issue.begin import begin_attempt
from grants.ledger import MailOrder, grant_letter, queue_mail, record_decision
from grants.models import AuditEvent, Decision, Deputy, Grant, OutboxMail, User
from grants.models.decision import Verdict
from grants.models.person import APPROVERS
from grants.presenters.story import timeline_of
from tests.factories import World, make_request, make_staff, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """Bea is away, and bob stands in for her."""
    world = make_world()
    name(world.bea, world.bob)
    return world


def name(absent: User, deputy: User, *, days: int = 5, group: str = APPROVERS) -> Deputy:
    now = timezone.now()
    return name_deputy(by=absent, deputy_id=deputy.pk, group=group, ends_at=now + timedelta(days=days), now=now)


def approve(grant: Grant, by: User) -> Grant:
    return approve_grant(reference=grant.reference, by=by, snapshot_hash=grant.snapshot_hash, now=timezone.now())


def named_by(grant: Grant) -> User | None:
    return grant.decisions.latest("decided_at").stands_for


def test_a_deputys_decision_names_both_and_issues(world: World) -> None:
    grant = approve(make_request(world).grant, world.bob)
    assert grant.decisions.get().by_whom == "Bob for Bea"
    assert f'"stands_for":"{world.bea.pk}"' in AuditEvent.objects.get(kind="grant.approved").payload
    steps = timeline_of(grant, decisions=grant.decisions.all(), links=(), names=True)
    assert "Bob for Bea" in {step.by for step in steps}
    assert begin_attempt(grant_id=grant.pk, now=timezone.now())


def test_so_does_a_no(world: World) -> None:
    grant = make_request(world).grant
    deny_grant(
        reference=grant.reference, by=world.bob, snapshot_hash=grant.snapshot_hash, reason="No.", now=timezone.now()
    )
    assert named_by(grant) == world.bea


def test_it_is_one_persons_signature(world: World) -> None:
    """Where two must sign, bob for bea and bob for himself are still bob."""
    two = make_world_for_two(world)
    grant = approve(make_request(two).grant, two.bob)
    assert grant.state == "requested"
    with pytest.raises(AlreadySignedError):
        approve(grant, two.bob)
    assert approve(grant, two.bea).state == "approved"  # she is back, and signs herself


def make_world_for_two(world: World) -> World:
    version = world.version
    fields = {field.attname: getattr(version, field.attname) for field in version._meta.concrete_fields}
    del fields["id"]
    world.version = type(version).objects.create(**{**fields, "number": 2, "signers": {APPROVERS: 2}})
    return world


def test_whoever_is_away_is_named_only_where_they_could_have_decided(world: World) -> None:
    User.objects.filter(pk=world.carol.pk).update(invited_by=world.bea)
    world.carol.refresh_from_db()
    grant = approve(make_request(world).grant, world.bob)
    assert named_by(grant) is None


def test_standing_in_opens_nothing_to_whoever_is_bound_themselves(world: World) -> None:
    User.objects.filter(pk=world.carol.pk).update(invited_by=world.bob)
    world.carol.refresh_from_db()
    with pytest.raises(OwnGrantError):
        approve(make_request(world).grant, world.bob)


def test_after_its_day_when_it_was_ended_or_when_somebody_left_nobody_is_named(world: World) -> None:
    row = Deputy.objects.get()
    grants = [make_request(world).grant for _ in range(3)]
    late = timezone.now() + timedelta(days=6)
    approve_grant(reference=grants[0].reference, by=world.bob, snapshot_hash=grants[0].snapshot_hash, now=late)
    world.bea.groups.clear()
    approve(grants[1], world.bob)
    world.bea.groups.set(world.bob.groups.all())
    end_deputy(deputy_id=row.pk, by=world.bea, now=timezone.now())
    approve(grants[2], world.bob)
    assert [named_by(grant) for grant in grants] == [None, None, None]


def test_only_somebody_of_the_same_group_is_named(world: World) -> None:
    sam = make_staff("sam", "security")
    for deputy, group in ((sam, APPROVERS), (sam, "security"), (world.bea, APPROVERS), (world.ada, APPROVERS)):
        with pytest.raises(FieldError) as refusal:
            name(world.bea, deputy, group=group)
        assert refusal.value.field == "deputy"
    with pytest.raises(NotAllowedError):
        name(world.otto, world.bob)


def test_who_shares_one_group_is_not_named_for_another(world: World) -> None:
    both = make_staff("both", APPROVERS, "security")
    with pytest.raises(FieldError) as refusal:
        name(both, world.bob, group="security")
    assert refusal.value.field == "deputy"
    assert name(both, world.bob).group == APPROVERS


@pytest.mark.parametrize("days", [-1, 91])
def test_it_has_an_end_that_is_near(world: World, days: int) -> None:
    with pytest.raises(FieldError) as refusal:
        name(world.bea, world.bob, days=days)
    assert refusal.value.field == "until"


def test_a_new_deputy_takes_the_place_of_the_one_before(world: World) -> None:
    ben = make_staff("ben", APPROVERS)
    name(world.bea, ben)
    assert list(Deputy.objects.filter(ended_at=None).values_list("deputy__email", flat=True)) == [ben.email]
    assert named_by(approve(make_request(world).grant, world.bob)) is None


def test_both_end_it_and_nobody_else(world: World) -> None:
    row, now = Deputy.objects.get(), timezone.now()
    with pytest.raises(NotFoundError):
        end_deputy(deputy_id=row.pk, by=make_staff("ben", APPROVERS), now=now)
    end_deputy(deputy_id=row.pk, by=world.bob, now=now)
    with pytest.raises(WrongStateError):
        end_deputy(deputy_id=row.pk, by=world.bea, now=now)
    mails = dict(OutboxMail.objects.values_list("event", "to_address"))
    assert mails == {"deputy_named": world.bob.email, "deputy_ended": world.bea.email}
    assert AuditEvent.objects.filter(kind__in=["deputy.named", "deputy.ended"]).count() == 2


def test_a_deputy_is_told_when_whom_they_stand_in_for_is_back(world: World) -> None:
    end_deputy(deputy_id=Deputy.objects.get().pk, by=world.bea, now=timezone.now())
    assert OutboxMail.objects.get(event="deputy_ended").to_address == world.bob.email


def test_mails_about_what_somebody_signed_reach_their_deputy_once(world: World) -> None:
    grant, now = make_request(world).grant, timezone.now()
    for to in (world.bea, world.bob, world.bea):
        queue_mail(order=grant_letter("link_locked", grant, to=to.email), grant=grant, now=now)
    mails = OutboxMail.objects.filter(event="link_locked", to_address=world.bob.email)
    copy = mails.get(context__stands_in_for="Bea")
    assert mails.count() == 2  # his own as well, which was asked for
    assert "because you stand in for Bea" in _write_letter(copy).text
    assert "because you stand in for Bea" in _write_letter(copy).html


def test_mails_of_the_whole_group_are_not_doubled(world: World) -> None:
    make_request(world)
    mails = OutboxMail.objects.filter(event="approver_new_request").values_list("to_address", flat=True)
    assert sorted(mails) == [world.bea.email, world.bob.email]


def test_secrets_go_to_nobody_else(world: World) -> None:
    order = MailOrder("sign_in_code", world.bea.email, {"public_url": ""}, secrets=b"{}")
    queue_mail(order=order, grant=None, now=timezone.now())
    assert not OutboxMail.objects.filter(event="sign_in_code", to_address=world.bob.email).exists()


def test_the_database_names_nobody_for_whom_the_decider_does_not_stand_in(world: World) -> None:
    grant = make_request(world).grant
    for absent in (make_staff("ben", APPROVERS), world.carol):
        with pytest.raises(Error), transaction.atomic():
            record_decision(
                grant=grant,
                by=world.bob,
                group=APPROVERS,
                verdict=Verdict.APPROVE,
                reason="",
                now=timezone.now(),
                stands_for=absent,
            )
    assert not Decision.objects.exists()


def test_the_database_takes_no_deputy_of_another_group_and_changes_none(world: World) -> None:
    row = Deputy.objects.get()
    with pytest.raises(Error, match="ended, once, and nothing else"), transaction.atomic():
        Deputy.objects.update(ends_at=row.ends_at + timedelta(days=1))
    row.pk, row.deputy, row.deputy_person, row.absent, row.absent_person = (
        None,
        world.otto,
        world.otto.person,
        world.bob,
        world.bob.person,
    )
    with pytest.raises(Error, match="of the same group"), transaction.atomic():
        row.save(force_insert=True)
