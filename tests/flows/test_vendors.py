"""The vendor register: who may keep it, what closing ends, and what an earlier end of a contract leaves open."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from grants import queries
from grants.errors import (
    FieldError,
    NotAllowedError,
    TermsChangedError,
    TermsNotAcceptedError,
    WrongStateError,
)
from grants.flows.issue.begin import begin_attempt
from grants.flows.people import invite_contractor, knock
from grants.flows.revoke_many import deny_tag
from grants.flows.vendors import (
    VendorFields,
    accept_terms,
    close_vendor,
    edit_vendor,
    register_vendor,
    reopen_vendor,
)
from grants.models import AuditEvent, Grant, OutboxMail, SealedCredential, TermsAcceptance, User, Vendor, VendorTerms
from tests.factories import HOUR, World, make_approved, make_issued, make_request, make_revealed, make_world

pytestmark = pytest.mark.django_db
TERMS = "Use the files for this contract only.\nDelete them afterwards."


@pytest.fixture
def world() -> World:
    return make_world()


def fields(**changes: Any) -> VendorFields:
    given: dict[str, Any] = {"name": "Beta Labs", "contract_ends_at": timezone.now() + timedelta(days=90), **changes}
    return VendorFields(**given)


def as_it_is(vendor: Vendor, **changes: Any) -> VendorFields:
    return fields(**{"name": vendor.name, "contract_ends_at": vendor.contract_ends_at, **changes})


def close(world: World, by: User | None = None, reason: str = "The contract is over.") -> Vendor:
    return close_vendor(slug=world.vendor.slug, by=by or world.ada, reason=reason, now=timezone.now())


def with_terms(world: World, text: str = TERMS) -> VendorTerms:
    edited = edit_vendor(
        slug=world.vendor.slug, fields=as_it_is(world.vendor, terms=text), by=world.ada, now=timezone.now()
    )
    world.carol.vendor = edited
    assert edited.terms
    return edited.terms


def test_a_vendor_is_registered_whole_and_on_record(world: World) -> None:
    made = register_vendor(
        fields=fields(domains=["@Beta.example"], is_domain_open=True, sponsors=[world.alice.email], month_hours=40),
        by=world.ada,
        now=timezone.now(),
    )
    assert (made.slug, made.domains, made.is_domain_open, made.month_hours) == ("beta-labs", ["beta.example"], True, 40)
    assert list(made.sponsors.all()) == [world.alice]
    row = AuditEvent.objects.get(kind="vendor.registered", subject="beta-labs")
    assert '"month_hours":40' in row.payload


@pytest.mark.parametrize("who", ["bob", "alice", "otto", "carol"])
def test_only_a_template_admin_keeps_the_register(world: World, who: str) -> None:
    by, now = getattr(world, who), timezone.now()
    world.vendor.sponsors.add(world.alice)
    with pytest.raises(NotAllowedError):
        register_vendor(fields=fields(), by=by, now=now)
    with pytest.raises(NotAllowedError):
        edit_vendor(slug=world.vendor.slug, fields=as_it_is(world.vendor), by=by, now=now)
    with pytest.raises(NotAllowedError):
        close(world, by=by)
    with pytest.raises(NotAllowedError):
        reopen_vendor(slug=world.vendor.slug, by=by, reason="Again.", now=now)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": "Acme Robotics"}),  # taken
        ("name", {"name": "new"}),  # would stand at the address of the form
        ("name", {"name": "…"}),
        ("domains", {"domains": ["gmail.com"]}),  # anybody could knock
        ("domains", {"domains": ["mail.gmx.de"]}),
        ("domains", {"domains": ["beta.example/x"]}),
        ("domains", {"is_domain_open": True}),  # open, and nothing to be open for
        ("sponsors", {"sponsors": ["nobody@daypass.example"]}),
        ("sponsors", {"sponsors": ["carol@acme-robotics.example"]}),  # no staff
        ("month_hours", {"month_hours": 0}),
        ("month_hours", {"month_hours": 100_001}),
        ("contract_ends_at", {"contract_ends_at": datetime(2020, 1, 1, tzinfo=timezone.get_default_timezone())}),
        ("terms", {"terms": "x" * 20_001}),
    ],
)
def test_what_is_wrong_is_said_at_its_field(world: World, field: str, changes: Mapping[str, Any]) -> None:
    with pytest.raises(FieldError) as refused:
        register_vendor(fields=fields(**changes), by=world.ada, now=timezone.now())
    assert refused.value.field == field


def test_the_database_itself_refuses_a_budget_of_none_and_half_a_closing(world: World) -> None:
    for changes in ({"month_hours": 0}, {"closed_at": timezone.now()}, {"closed_by": world.ada, "is_active": False}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Vendor.objects.filter(pk=world.vendor.pk).update(**changes)


def test_a_change_is_on_record_with_what_changed(world: World) -> None:
    edit_vendor(
        slug=world.vendor.slug,
        fields=as_it_is(world.vendor, month_hours=12, sponsors=[world.bob.email]),
        by=world.ada,
        now=timezone.now(),
    )
    assert '"changed":["month_hours","sponsors"]' in AuditEvent.objects.get(kind="vendor.changed").payload


def test_closing_ends_what_nobody_picked_up_and_tells_whoever_asked(world: World) -> None:
    asked, approved, issued = make_request(world).grant, make_approved(world), make_issued(world).grant
    close(world, reason="They were bought by Mallory & Sons.")
    states = {grant.pk: Grant.objects.get(pk=grant.pk).state for grant in (asked, approved, issued)}
    assert states == {asked.pk: "lapsed", approved.pk: "revoked", issued.pk: "revoked"}
    assert SealedCredential.objects.get(grant=issued).ciphertext is None
    told = OutboxMail.objects.filter(event__in=["request_ended", "grant_revoked"], to_address=world.carol.email)
    assert {mail.context["reason"] for mail in told} == {"They were bought by Mallory & Sons."}
    assert told.count() == 3


def test_closing_while_aws_is_asked_throws_the_answer_away(world: World) -> None:
    grant = make_approved(world)
    begin_attempt(grant_id=grant.pk, now=timezone.now())
    close(world)
    grant.refresh_from_db()
    assert (grant.state, grant.revoke_requested_by) == ("issuing", world.ada)


def test_closing_takes_invitations_back_and_lets_nobody_in(world: World) -> None:
    now = timezone.now()
    invite_contractor(by=world.ada, vendor_id=world.vendor.pk, email="dan@acme.example", full_name="Dan", now=now)
    close(world)
    assert knock(email="dan@acme.example", now=now) is None
    world.carol.refresh_from_db()
    with pytest.raises(NotAllowedError):
        make_request(world)


def test_closing_needs_a_reason_and_happens_once(world: World) -> None:
    with pytest.raises(FieldError):
        close(world, reason="  ")
    close(world)
    with pytest.raises(WrongStateError):
        close(world)


def test_closing_leaves_what_was_picked_up_unless_it_is_revoked_as_well(world: World) -> None:
    revealed = make_revealed(world)
    close(world)
    revealed.refresh_from_db()
    assert revealed.state == "revealed"
    deny_tag(kind="vendor", slug=world.vendor.slug, by=world.ada, reason="Over.", now=timezone.now())
    revealed.refresh_from_db()
    assert revealed.state == "revoked"


def test_reopening_lifts_no_deny(world: World) -> None:
    close(world)
    deny_tag(kind="vendor", slug=world.vendor.slug, by=world.ada, reason="Over.", now=timezone.now())
    vendor = reopen_vendor(slug=world.vendor.slug, by=world.ada, reason="A new contract.", now=timezone.now())
    assert (vendor.is_active, vendor.closed_at, vendor.closed_reason) == (True, None, "")
    assert queries.is_vendor_denied(vendor)
    assert '"still_denied":true' in AuditEvent.objects.get(kind="vendor.reopened").payload


def test_an_earlier_end_of_the_contract_says_what_goes_on_after_it(world: World) -> None:
    grant, now = make_revealed(world, seconds=12 * HOUR), timezone.now()
    assert list(queries.outliving(world.vendor)) == []
    earlier = as_it_is(world.vendor, contract_ends_at=now + timedelta(hours=1))
    assert list(queries.outliving(edit_vendor(slug=world.vendor.slug, fields=earlier, by=world.ada, now=now))) == [
        grant
    ]


def test_hours_count_what_was_or_may_be_used_this_month(world: World) -> None:
    make_request(world, seconds=2 * HOUR)
    make_revealed(world)
    lapsed = make_request(world, seconds=8 * HOUR).grant
    assert queries.seconds_used([world.vendor.pk], timezone.now()) == {world.vendor.pk: 11 * HOUR}
    close(world)
    assert queries.seconds_used([world.vendor.pk], timezone.now()) == {world.vendor.pk: HOUR}
    assert lapsed.revealed_at is None


def test_terms_are_demanded_before_a_request_and_accepted_once(world: World) -> None:
    terms = with_terms(world)
    with pytest.raises(TermsNotAcceptedError):
        make_request(world)
    for _ in range(2):
        accept_terms(by=world.carol, digest=terms.digest, now=timezone.now())
    make_request(world)
    accepted = TermsAcceptance.objects.get()
    assert (accepted.user, accepted.terms) == (world.carol, terms)
    assert f'"terms":"{terms.digest}"' in AuditEvent.objects.get(kind="terms.accepted").payload


def test_another_wording_is_demanded_again_and_an_old_one_is_not_accepted(world: World) -> None:
    old = with_terms(world)
    accept_terms(by=world.carol, digest=old.digest, now=timezone.now())
    new = with_terms(world, f"{TERMS}\nTell us of every loss.")
    with pytest.raises(TermsNotAcceptedError):
        make_request(world)
    with pytest.raises(TermsChangedError):
        accept_terms(by=world.carol, digest=old.digest, now=timezone.now())
    with_terms(world, TERMS.replace("\n", "\r\n"))  # the same wording, from a browser
    make_request(world)
    assert new.digest != old.digest


def test_the_database_never_changes_terms_or_a_yes_to_them(world: World) -> None:
    terms = with_terms(world)
    accept_terms(by=world.carol, digest=terms.digest, now=timezone.now())
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        VendorTerms.objects.update(text="Anything goes.")
    with pytest.raises(IntegrityError), transaction.atomic():
        TermsAcceptance.objects.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        VendorTerms.objects.create(vendor=world.vendor, text="A", digest="0" * 64, written_at=timezone.now())
