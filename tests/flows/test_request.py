"""Asking: what is refused at which field, and what a saved request holds."""

from datetime import timedelta

import pytest
from django.utils import timezone

from grants.errors import FieldError, NotAllowedError, NotFoundError, VendorClosedError
from grants.flows.request import draft_request, request_grant
from grants.flows.withdraw import withdraw_grant
from grants.models import AuditEvent, AuditPersonal, Grant, OutboxMail
from grants.policies import read_snapshot
from tests.factories import HOUR, REASON, World, make_request, make_version, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def test_a_request_is_saved_with_its_snapshot_its_code_and_its_mails(world: World) -> None:
    requested = make_request(world, seconds=8 * HOUR)
    snapshot = read_snapshot(requested.grant)
    assert snapshot.sentence == "List, read and write files under s3://acme-drop/in/ for up to 8 hours."
    assert requested.code_plaintext
    assert len(requested.code_plaintext) == 8
    to = set(OutboxMail.objects.values_list("event", "to_address"))
    assert to == {
        ("request_received", world.carol.email),
        ("approver_new_request", world.bob.email),
        ("approver_new_request", world.bea.email),
    }


def test_the_code_is_nowhere_but_in_the_answer(world: World) -> None:
    requested = make_request(world)
    code = str(requested.code_plaintext)
    assert code not in repr(requested)
    assert code.encode() not in bytes(requested.grant.code_digest or b"")
    assert not OutboxMail.objects.filter(context__icontains=code).exists()
    assert not AuditEvent.objects.filter(payload__contains=code).exists()


def test_the_session_tags_say_who_it_is_for(world: World) -> None:
    grant = make_request(world).grant
    tags = dict(read_snapshot(grant).tags)
    assert tags["daypass:grant"] == grant.reference
    assert tags["daypass:vendor"] == "acme-robotics"
    assert tags["daypass:template"] == "acme-drop"
    assert tags["daypass:requester"] == str(world.carol.pk)
    assert tags["Project"] == "acme-drop"


def test_what_people_typed_stands_in_the_audit_row_so_that_it_can_be_erased(world: World) -> None:
    ticket = "OPS-42 for carol@acme-robotics.example"
    request_grant(
        by=world.carol, template_id=world.template.pk, seconds=HOUR, reason=REASON, ticket=ticket, now=timezone.now()
    )
    row = AuditEvent.objects.get(kind="grant.requested")
    assert not [typed for typed in (ticket, REASON, world.carol.email) if typed in row.payload]
    assert set(AuditPersonal.objects.filter(event=row.pk).values_list("value", flat=True)) == {
        ticket, REASON, world.carol.email,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"seconds": 13 * HOUR}, "hours"),  # longer than the template allows
        ({"seconds": 0}, "hours"),  # nothing
        ({"seconds": 1000}, "hours"),  # no quarter hour
        ({"reason": "please"}, "reason"),  # says nothing
        ({"reason": "          \t  "}, "reason"),  # only looks long
        ({"reason": "because\x00 it is needed"}, "reason"),  # NUL, which PostgreSQL cannot hold
        ({"ticket": "."}, "ticket"),  # what people type to get past a ticket field
        ({"ticket": "OPS-" + "4" * 97}, "ticket"),  # longer than the database takes
        ({"ticket": "OPS-42\nBcc: x"}, "ticket"),  # a second line
    ],
)
def test_a_bad_value_is_refused_at_its_field(world: World, changes: dict[str, object], field: str) -> None:
    make_version(
        issuer=world.issuer, by=world.ada, vendor=world.vendor, ticket_pattern="[A-Z]+-[0-9]+", ticket_hint="OPS-42"
    )
    good = {"seconds": HOUR, "reason": REASON, "ticket": "OPS-42"}
    with pytest.raises(FieldError) as refused:
        request_grant(by=world.carol, template_id=world.template.pk, now=timezone.now(), **{**good, **changes})  # type: ignore[arg-type]  # one dict of several types
    assert refused.value.field == field
    assert not Grant.objects.exists()


def test_a_template_of_another_vendor_looks_like_none(world: World) -> None:
    with pytest.raises(NotFoundError):
        make_request(world, by=world.mallory)


@pytest.mark.parametrize("name", ["bob", "ada", "otto", "alice"])
def test_staff_do_not_ask_as_contractors(world: World, name: str) -> None:
    with pytest.raises(NotAllowedError):
        make_request(world, by=getattr(world, name))


def test_no_grant_outlives_the_contract(world: World) -> None:
    world.vendor.contract_ends_at = timezone.now() + timedelta(hours=2)
    world.vendor.save()
    world.carol.refresh_from_db()
    with pytest.raises(VendorClosedError):
        make_request(world, seconds=3 * HOUR)


def test_checking_answers_saves_nothing(world: World) -> None:
    draft = draft_request(
        by=world.carol, template_id=world.template.pk, seconds=HOUR, reason=REASON, ticket="", now=timezone.now()
    )
    assert draft.sentence.endswith("for up to 1 hour.")
    assert not Grant.objects.exists()


def test_an_undecided_request_can_be_withdrawn_by_its_requester_alone(world: World) -> None:
    grant = make_request(world).grant
    with pytest.raises(NotFoundError):
        withdraw_grant(reference=grant.reference, by=world.mallory, now=timezone.now())
    withdraw_grant(reference=grant.reference, by=world.carol, now=timezone.now())
    assert Grant.objects.get(pk=grant.pk).state == "withdrawn"
