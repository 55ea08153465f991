"""The pages of the issuers: health as it is, four eyes for a new one, and nothing lost by an error."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from grants import policies
from grants.errors import FourEyesError, IssuerChangedError, WrongStateError
from grants.flows.issuers import confirm_issuer, propose_issuer
from grants.models import (
    AuditEvent,
    IssueAttempt,
    Issuer,
    IssuerCircuit,
    IssuerPolicy,
    IssuerProposal,
    IssuerReading,
    OutboxMail,
    User,
)
from grants.models.person import TEMPLATE_ADMINS
from tests.factories import ACCOUNT_ID, World, make_approved, make_issued, make_staff, make_world
from tests.web.pages import client_of, read

pytestmark = pytest.mark.django_db
OTHER = "444455556666"
POLICY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def ada(world: World) -> Client:
    return client_of(world.ada)


@pytest.fixture
def abe(world: World) -> User:  # noqa: ARG001 - the company is there
    return make_staff("abe", TEMPLATE_ADMINS)


def typed(**changes: str) -> dict[str, str]:
    plain = {
        "name": "Second account",
        "kind": "user",
        "account_id": OTHER,
        "partition": "aws",
        "region": "eu-west-1",
        "user_arn": f"arn:aws:iam::{OTHER}:user/daypass-issuer",
        "profile": "second",
        "revoker_profile": "second-revoker",
        "reason": "Beta's buckets are there.",
    }
    return plain | changes


def page_of(world: World) -> str:
    return f"/issuers/{world.issuer.pk}/"


def test_without_an_issuer_the_page_says_what_to_do_first() -> None:
    page = read(client_of(make_staff("ada", TEMPLATE_ADMINS)).get("/issuers/"))
    assert "There is no issuer yet" in page.words
    assert page.soup.select_one("a[href='/issuers/new/']")


def test_a_new_issuer_mints_only_after_a_second_admin(ada: Client, abe: User) -> None:
    page = read(ada.post("/issuers/new/", typed(), follow=True))
    assert "It mints nothing until another template admin confirms it." in page.words
    assert "yours: somebody else confirms" in page.words
    assert Issuer.objects.count() == 1
    assert OutboxMail.objects.get(event="issuer_to_confirm").to_address == abe.email
    proposal = IssuerProposal.objects.get()
    other = client_of(abe)
    address = f"/issuers/proposals/{proposal.pk}/"
    assert f"arn:aws:iam::{OTHER}:user/daypass-issuer" in read(other.get(address)).words
    assert "Second account is registered." in read(other.post(address, {"do": "confirm"}, follow=True)).words
    issuer = Issuer.objects.get(name="Second account")
    assert (issuer.is_active, issuer.profile) == (True, "second")
    kinds = AuditEvent.objects.filter(kind__startswith="issuer.").order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["issuer.proposed", "issuer.registered"]


def test_whoever_proposed_cannot_confirm_not_even_past_the_page(world: World, ada: Client) -> None:
    ada.post("/issuers/new/", typed())
    proposal = IssuerProposal.objects.get()
    page = read(ada.get(f"/issuers/proposals/{proposal.pk}/"))
    assert "Take it back" in page.words
    with pytest.raises(FourEyesError):
        confirm_issuer(proposal_id=proposal.pk, by=world.ada, now=timezone.now())
    with pytest.raises(IntegrityError):
        IssuerProposal.objects.update(
            confirmed_by=world.ada,
            confirmed_by_person=world.ada.person,
            confirmed_at=timezone.now(),
            issuer=world.issuer,
        )


def test_a_refused_or_old_proposal_registers_nothing(world: World, abe: User) -> None:
    now = timezone.now()
    fields = {name: value for name, value in typed().items() if name != "reason"}
    old = propose_issuer(issuer=Issuer(**fields), reason="Why.", by=abe, now=now - timedelta(days=4))
    with pytest.raises(WrongStateError):
        confirm_issuer(proposal_id=old.pk, by=world.ada, now=now)
    fresh = propose_issuer(issuer=Issuer(**fields), reason="Why.", by=abe, now=now)  # takes the old one's place
    ada = client_of(world.ada)
    assert (
        "Nothing was registered"
        in read(ada.post(f"/issuers/proposals/{fresh.pk}/", {"do": "refuse"}, follow=True)).words
    )
    with pytest.raises(WrongStateError):
        confirm_issuer(proposal_id=fresh.pk, by=world.ada, now=now)
    assert Issuer.objects.count() == 1


AT_FIELDS = [
    ({"account_id": "12"}, "account_id"),
    ({"partition": "aws-cn"}, "region"),
    ({"user_arn": f"arn:aws:iam::{ACCOUNT_ID}:user/x"}, "user_arn"),  # another account's
    ({"kind": "role"}, "role_arn"),
    ({"mfa_serial": "GAHT12345678"}, "mfa_serial"),
    ({"revoker_profile": "second"}, "revoker_profile"),
    ({"name": "Main account"}, "name"),
    ({"reason": ""}, "reason"),
]


@pytest.mark.parametrize(("changes", "field"), AT_FIELDS)
def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(
    ada: Client, changes: dict[str, str], field: str
) -> None:
    page = read(ada.post("/issuers/new/", typed(**changes)), 422)
    assert list(page.error_links) == [f"id_{field}"]
    assert page.field("user_arn")["value"] == typed(**changes)["user_arn"]
    assert not IssuerProposal.objects.exists()


def test_its_health_is_told_as_it_is(world: World, ada: Client) -> None:
    words = read(ada.get(page_of(world))).words
    assert "Last success never yet" in words
    assert "Access keys unknown: the revoker has not read them, or may not" in words
    assert "Clock unknown: no answer has told it yet" in words
    assert "Circuit closed: AWS takes its calls" in words
    assert "Read at IAM not yet" in words


def test_keys_boundary_clock_throttling_and_live_grants_are_there_once_they_are_known(
    world: World, ada: Client
) -> None:
    now = timezone.now()
    make_issued(world)
    IssueAttempt.objects.update(clock_ahead=-95)
    limited = IssueAttempt.objects.get()
    limited.pk, limited.number, limited.name, limited.outcome = None, 9, "dp-XXXXXXXXXX-9", "failed"
    limited.error_code = "sts_throttled"
    limited.save(force_insert=True)
    keys = [
        {"ending": "AAAA", "created_at": (now - timedelta(days=120)).isoformat(), "is_active": True},
        {"ending": "BBBB", "created_at": now.isoformat(), "is_active": False},
    ]
    IssuerReading.objects.create(
        issuer=world.issuer, tried_at=now, read_at=now, keys=keys, boundary_arn=f"arn:aws:iam::{ACCOUNT_ID}:policy/max"
    )
    words = read(ada.get(page_of(world))).words
    for part in (
        "…AAAA, 120 days old",
        "Throttled in the last hour 1 call",
        "-95 seconds against AWS's",
        "Live grants 1",
        "policy/max",
    ):
        assert part in words
    assert "BBBB" not in words
    assert "…AAAA, 120 days old" in read(ada.get("/issuers/")).words


def test_an_open_circuit_says_why_and_what_to_do(world: World, ada: Client) -> None:
    now = timezone.now()
    IssuerCircuit.objects.create(issuer=world.issuer, opened_at=now, probe_at=now, error_code="sts_keys_refused")
    words = read(ada.get(page_of(world))).words
    assert "open (sts_keys_refused): its grants wait" in words
    assert "AWS does not accept the issuer's keys. An operator has to put valid keys in place" in words
    assert "AWS refuses it" in read(ada.get("/issuers/")).words


def test_names_and_region_change_at_once_and_void_what_was_approved(world: World, ada: Client) -> None:
    grant = make_approved(world)
    names = {"name": "Main", "region": "eu-west-1", "profile": "another", "revoker_profile": "none"}
    assert "Saved." in read(ada.post(f"{page_of(world)}edit/", names, follow=True)).words
    issuer = Issuer.objects.get()
    assert (issuer.name, issuer.region) == ("Main", "eu-west-1")
    assert (issuer.profile, issuer.revoker_profile) == ("daypass-issuer", "daypass-revoker")  # one admin's no more
    facts = json.loads(AuditEvent.objects.get(kind="issuer.changed").payload)["facts"]
    assert (facts["region"], facts["region_before"], "profile" in facts) == ("eu-west-1", "us-east-1", False)
    with pytest.raises(IssuerChangedError):
        policies.check_issuer_unchanged(policies.read_snapshot(grant), issuer)


def test_switched_off_it_issues_nothing_and_switched_on_it_does(world: World, ada: Client) -> None:
    read(ada.post(f"{page_of(world)}switch/", {"do": "off"}, follow=True))
    assert not Issuer.objects.get().is_active
    assert "Switch on" in read(ada.get(page_of(world))).words
    read(ada.post(f"{page_of(world)}switch/", {"do": "on"}, follow=True))
    kinds = AuditEvent.objects.filter(kind__startswith="issuer.switched").order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["issuer.switched_off", "issuer.switched_on"]


def test_a_managed_policy_is_allowed_and_taken_off_the_list(world: World, ada: Client) -> None:
    assert "None yet" in read(ada.get(page_of(world))).words
    page = read(ada.post(page_of(world), {"arn": POLICY}, follow=True))
    assert "Templates may name it once its document has been read." in page.words
    assert "not read yet" in page.words
    again = read(ada.post(page_of(world), {"arn": POLICY}), 422)
    assert "on the list already" in again.error_links["id_arn"]
    row = IssuerPolicy.objects.get()
    assert "is off the list" in read(ada.post(f"/issuers/policies/{row.pk}/withdraw/", follow=True)).words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"error_code": "iam_access_denied"}, "cannot be read (iam_access_denied)"),
        ({"read_at": timedelta(), "digest": "f" * 64, "version_id": "v3"}, "may be named"),
        ({"read_at": timedelta(hours=1), "digest": "f" * 64, "version_id": "v3"}, "not read lately: grants wait"),
    ],
)
def test_a_policy_says_whether_it_can_be_relied_on(
    world: World, ada: Client, values: dict[str, Any], words: str
) -> None:
    ada.post(page_of(world), {"arn": POLICY})
    now = timezone.now()
    IssuerPolicy.objects.update(**{k: now - v if isinstance(v, timedelta) else v for k, v in values.items()})
    assert words in read(ada.get(page_of(world))).words


def test_a_session_issuer_has_no_list_to_keep(world: World, ada: Client) -> None:
    Issuer.objects.update(kind="session")
    assert "take no policy" in read(ada.get(page_of(world))).words


def test_the_list_costs_the_same_for_many_as_for_one(
    ada: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        Issuer.objects.create(
            name=f"Issuer {number}", account_id=ACCOUNT_ID, region="us-east-1",
            user_arn=f"arn:aws:iam::{ACCOUNT_ID}:user/u{number}", profile="a", revoker_profile="b",
        )  # fmt: skip
    with django_assert_max_num_queries(12):
        ada.get("/issuers/")
