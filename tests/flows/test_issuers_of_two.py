"""What a web process that was taken over can do to the issuers: nothing that two persons did not agree on."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from grants.flows.issuers import propose_issuer
from grants.models import AuditEvent, Issuer, IssuerProposal, TemplateTest, User
from grants.models.person import TEMPLATE_ADMINS
from tests.database import connect_as
from tests.factories import World, make_staff, make_world

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = "444455556666"
REGISTER = """INSERT INTO grants_issuer (id, name, kind, account_id, partition, region, user_arn, role_arn, role_id,
    mfa_serial, profile, revoker_profile, is_active)
VALUES (gen_random_uuid(), 'Second', 'user', '444455556666', 'aws', 'eu-west-1', %s, '', '', '', 'second', 'end', true)
RETURNING id"""
CONFIRM = """UPDATE grants_issuerproposal SET issuer_id = %s, confirmed_at = now(), confirmed_by_id = %s,
    confirmed_by_person = %s"""


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def abe(world: World) -> User:  # noqa: ARG001 - the company is there
    return make_staff("abe", TEMPLATE_ADMINS)


@pytest.fixture
def proposal(world: World) -> IssuerProposal:
    fields = {"name": "Second", "account_id": OTHER, "region": "eu-west-1", "user_arn": user("issuer")}
    issuer = Issuer(**fields, profile="second", revoker_profile="end")
    return propose_issuer(issuer=issuer, reason="Beta.", by=world.ada, now=timezone.now())


def user(name: str) -> str:
    return f"arn:aws:iam::{OTHER}:user/{name}"


def register(arn: str, *confirmer: Any) -> None:
    with connect_as("daypass_web") as web, web.transaction():
        (made,) = web.execute(REGISTER, [arn]).fetchone() or (None,)
        if confirmer:
            web.execute(CONFIRM, [made, *confirmer])


def test_it_registers_what_one_person_proposed_and_another_confirmed(proposal: IssuerProposal, abe: User) -> None:
    register(user("issuer"), abe.pk, abe.person)
    proposal.refresh_from_db()
    assert proposal.issuer == Issuer.objects.get(name="Second")


def test_it_registers_nothing_that_nobody_confirmed_or_that_is_another(proposal: IssuerProposal, abe: User) -> None:
    with pytest.raises(Exception, match="another confirmed it"):
        register(user("issuer"))
    with pytest.raises(Exception, match="another confirmed it"):
        register(user("attacker"), abe.pk, abe.person)
    with pytest.raises(Exception, match="proposal_person_is_the_confirmers"):
        register(user("issuer"), proposal.asked_by_id, abe.person)
    assert not Issuer.objects.filter(name="Second").exists()


@pytest.mark.usefixtures("proposal")
@pytest.mark.parametrize(
    "change",
    [
        *("user_arn = user_arn || 'x'", "kind = 'session'", "role_arn = 'x'", "role_id = 'AROA'", "account_id = '1'"),
        *("profile = 'another'", "revoker_profile = 'none'", "mfa_serial = 'x'"),
    ],
)
def test_it_changes_neither_the_principal_nor_whose_keys_are_used(change: str) -> None:
    with connect_as("daypass_web") as web:
        with pytest.raises(Exception, match="permission denied"):
            web.execute(b"UPDATE grants_issuer SET " + change.encode())
        with pytest.raises(Exception, match="permission denied"):
            web.execute(b"UPDATE grants_issuerproposal SET fields = '{}'")
        web.execute(b"UPDATE grants_issuer SET region = 'eu-west-1', is_active = false")


@pytest.mark.usefixtures("world")
def test_an_operator_changes_the_profiles_on_record() -> None:
    call_command("issuer_profiles", "Main account", "--profile", "new", "--revoker-profile", "ender")
    issuer = Issuer.objects.get()
    assert (issuer.profile, issuer.revoker_profile) == ("new", "ender")
    event = AuditEvent.objects.get(kind="issuer.changed")
    facts = json.loads(event.payload)["facts"]
    assert (facts["profile"], facts["profile_before"]) == ("new", "daypass-issuer")
    with pytest.raises(CommandError, match="no issuer of that name"):
        call_command("issuer_profiles", "Nobody's", "--profile", "new", "--revoker-profile", "ender")


def test_it_answers_no_test_of_a_template_in_the_workers_name(world: World) -> None:
    row = (
        "INSERT INTO grants_templatetest (id, slug, digest, document, packed_bytes, asked_at, asked_by_id, refusal)"
        " VALUES (gen_random_uuid(), 'acme', repeat('f', 64), '{}', 1, now(), %s, %s)"
    )
    with connect_as("daypass_web") as web:
        with pytest.raises(Exception, match="worker's to write"):
            web.execute(row.encode(), [world.ada.pk, "AWS says no."])
        web.execute(row.encode(), [world.ada.pk, ""])
    assert TemplateTest.objects.get().refusal == ""
