"""The kinds of issuers in the database, which is the last reviewer, and what each lets a template promise."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from grants import policies
from grants.errors import FieldError, IssuerChangedError
from grants.flows.recover import recover_attempts
from grants.models import AuditEvent, Grant, IssueAttempt, Issuer
from tests.factories import ACCOUNT_ID, HOUR, World, make_approved, make_issued, make_issuer, make_world

pytestmark = pytest.mark.django_db
ROLE = {
    "kind": "role",
    "user_arn": f"arn:aws:iam::{ACCOUNT_ID}:user/daypass-caller",
    "role_arn": f"arn:aws:iam::{ACCOUNT_ID}:role/daypass-role",
    "role_id": "AROA0123456789ABCDEF1",
}
WRONG = [
    {"kind": "group"},
    {"kind": "role"},  # without its role
    {**ROLE, "role_id": ""},
    {**ROLE, "role_arn": "arn:aws:iam::999999999999:role/daypass-role"},  # another account's
    {"role_arn": ROLE["role_arn"], "role_id": ROLE["role_id"]},  # of a user
    {"user_arn": "arn:aws:iam::999999999999:user/daypass-issuer"},
    {"user_arn": f"arn:aws:iam::{ACCOUNT_ID}:role/workers"},  # a role cannot call GetFederationToken
    {"mfa_serial": "GAHT12345678"},  # of a user
]


@pytest.fixture
def world() -> World:
    return make_world()


def change(issuer: Issuer, values: dict[str, str]) -> None:
    with transaction.atomic():
        Issuer.objects.filter(pk=issuer.pk).update(**values)


@pytest.mark.parametrize("values", WRONG)
def test_the_database_takes_no_issuer_that_could_not_mint_or_be_denied(values: dict[str, str]) -> None:
    with pytest.raises(IntegrityError):
        change(make_issuer(), values)


@pytest.mark.parametrize("values", [ROLE, {"kind": "session", "mfa_serial": "GAHT12345678"}, {"region": "eu-west-1"}])
def test_what_has_not_minted_yet_may_still_become_another(values: dict[str, str]) -> None:
    change(make_issuer(), values)


@pytest.mark.parametrize("values", [ROLE, {"kind": "session"}, {"user_arn": f"arn:aws:iam::{ACCOUNT_ID}:user/other"}])
def test_an_issuer_that_has_minted_stays_what_it_is(world: World, values: dict[str, str]) -> None:
    make_issued(world)
    with pytest.raises(IntegrityError, match="make a new one"):
        change(world.issuer, values)


def test_a_role_that_has_minted_may_be_assumed_by_somebody_else(world: World) -> None:
    change(world.issuer, ROLE)
    make_issued(world)
    change(world.issuer, {"user_arn": "arn:aws:iam::444455556666:role/workers"})


@pytest.mark.parametrize("values", [ROLE, {"kind": "session"}, {"profile": "other"}])
def test_what_was_approved_is_not_issued_by_another_kind_or_role(world: World, values: dict[str, str]) -> None:
    grant = make_approved(world)
    change(world.issuer, values)
    with pytest.raises(IssuerChangedError):
        policies.check_issuer_unchanged(policies.read_snapshot(grant), Issuer.objects.get())


@pytest.mark.parametrize(
    ("values", "hours"),
    [
        ({}, 36),
        ({"kind": "session"}, 36),
        (ROLE, 12),
        ({**ROLE, "user_arn": f"arn:aws:iam::{ACCOUNT_ID}:role/workers"}, 1),  # chained
    ],
)
def test_no_template_promises_more_than_aws_gives_for_its_issuer(values: dict[str, str], hours: int) -> None:
    issuer = make_issuer()
    change(issuer, values)
    issuer.refresh_from_db()
    policies.check_issuer_seconds(issuer, hours * HOUR)
    with pytest.raises(FieldError) as refused:
        policies.check_issuer_seconds(issuer, hours * HOUR + 900)
    assert refused.value.field == "max_seconds"
    assert issuer.durations.maximum == hours * HOUR


def attempt(**values: Any) -> IssueAttempt:
    now = timezone.now()
    common = {"number": 1, "name": "dry-0123456789-1", "seconds": 900, "started_at": now, "lease_until": now}
    return IssueAttempt.objects.create(**{**common, **values})


@pytest.mark.parametrize(
    "values",
    [
        {"purpose": "doctor"},  # nobody's
        {"purpose": "grant"},  # a grant's, without a grant
        {"purpose": "doctor", "issuer": True, "grant": True},
        {"purpose": "doctor", "issuer": True, "name": "dp-0123456789-1"},  # a name that may read data
        {"purpose": "doctor", "issuer": True, "outcome": "minted", "finished_at": timezone.now()},  # kept
    ],
)
def test_a_dry_run_is_an_issuers_named_dry_and_keeps_nothing(world: World, values: dict[str, Any]) -> None:
    grant = make_approved(world)
    known = {"issuer": world.issuer, "grant": grant}
    with pytest.raises(IntegrityError), transaction.atomic():
        attempt(**{name: known[name] if value is True else value for name, value in values.items()})
    assert Grant.objects.get().attempts.count() == 0


def test_a_dry_run_whose_answer_was_lost_is_given_up_with_nothing_to_deny(world: World) -> None:
    row = attempt(purpose="doctor", issuer=world.issuer)
    assert recover_attempts(now=timezone.now()) == 1
    row.refresh_from_db()
    assert (row.outcome, world.issuer.denials.count()) == ("unknown", 0)


def test_an_operator_registers_a_role_of_another_partition() -> None:
    call_command(
        *("create_issuer", "China", "--kind", "role", "--account-id", ACCOUNT_ID, "--partition", "aws-cn"),
        *("--region", "cn-north-1", "--user-arn", f"arn:aws-cn:iam::{ACCOUNT_ID}:user/caller", "--profile", "cn"),
        *("--role-arn", f"arn:aws-cn:iam::{ACCOUNT_ID}:role/daypass", "--role-id", "AROA0123456789ABCDEF1"),
        *("--revoker-profile", "cn-revoker"),
    )
    assert Issuer.objects.get().ref.role_arn == f"arn:aws-cn:iam::{ACCOUNT_ID}:role/daypass"
    assert "external" not in AuditEvent.objects.get(kind="issuer.registered").payload
