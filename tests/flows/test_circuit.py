"""The circuit of an issuer: its trouble costs no grant anything, and ends by itself."""

from datetime import datetime, timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from grants import queries
from grants.errors import StsError
from grants.flows.issue import issue_grant
from grants.flows.issue.begin import Begun, begin_attempt
from grants.flows.issue.circuit import note_success
from grants.flows.issue.finish import finish_minted, finish_refused
from grants.flows.revoke import revoke_grant
from grants.gateways import sts_errors
from grants.models import AuditEvent, Grant, IssueAttempt, IssuerCircuit, OutboxMail
from grants.presenters.pages import status_view
from portal.embedded.aws import RunningAws
from tests.factories import World, make_approved, make_issued, make_minted, make_staff, make_world

pytest_plugins = ["tests.embedded.aws_fixtures", "tests.flows.aws_workers"]
pytestmark = pytest.mark.django_db

OPENING = [
    sts_errors.KeysRefusedError,  # unknown, deactivated or wrong
    sts_errors.KeysExpiredError,  # session keys that ended
    sts_errors.KeysMissingError,  # not on this server
    sts_errors.AnotherPrincipalError,  # somebody else's
    sts_errors.AccessDeniedError,  # no permission
    sts_errors.RegionDisabledError,  # the account's
]
OF_THE_GRANT = [
    sts_errors.PolicyMalformedError,  # its template's
    sts_errors.PolicyTooLargeError,  # the same
    sts_errors.AnswerUnusableError,  # who knows, but not the keys
    sts_errors.RequestRefusedError,  # the same
]


@pytest.fixture
def world() -> World:
    return make_world()


def begin(grant: Grant, now: datetime) -> Begun:
    begun = begin_attempt(grant_id=grant.pk, now=now)
    assert begun
    return begun


def meet(grant: Grant, error: StsError, now: datetime) -> Grant:
    finish_refused(begun=begin(grant, now), error=error, now=now)
    grant.refresh_from_db()
    return grant


def events() -> list[str]:
    return list(AuditEvent.objects.filter(kind__startswith="circuit.").order_by("seq").values_list("kind", flat=True))


def told() -> int:
    return OutboxMail.objects.filter(event="issuer_trouble").count()


@pytest.mark.parametrize("kind", OPENING)
def test_the_issuers_trouble_leaves_the_grant_approved_with_no_try_spent(world: World, kind: type[StsError]) -> None:
    grant = meet(make_approved(world), kind(), timezone.now())
    assert (grant.state, grant.tries, grant.failure_code) == ("approved", 0, kind.code)
    assert IssueAttempt.objects.get().outcome == "failed"  # the call itself is on record
    assert IssuerCircuit.objects.get().error_code == kind.code
    assert not OutboxMail.objects.filter(event="grant_failed").exists()


def test_a_wrong_clock_opens_it_too(world: World) -> None:
    assert meet(make_approved(world), sts_errors.ClockSkewError(3_600), timezone.now()).state == "approved"
    assert events() == ["circuit.opened"]


@pytest.mark.parametrize("kind", OF_THE_GRANT)
def test_the_grants_own_trouble_fails_it_and_opens_nothing(world: World, kind: type[StsError]) -> None:
    assert meet(make_approved(world), kind(), timezone.now()).state == "failed"
    assert events() == []


def test_while_it_is_open_nothing_is_begun_and_nothing_is_rung(world: World) -> None:
    now = timezone.now()
    meet(make_approved(world, now=now), sts_errors.KeysRefusedError(), now)
    other = make_approved(world, now=now)
    assert begin_attempt(grant_id=other.pk, now=now + timedelta(seconds=29)) is None
    assert queries.due_grants(now + timedelta(seconds=29)) == []
    other.refresh_from_db()
    assert (other.state, other.tries) == ("approved", 0)
    assert len(queries.due_grants(now + timedelta(seconds=31))) == 2


def test_one_probe_goes_and_the_others_wait_for_it(world: World) -> None:
    now = timezone.now()
    first, second = (
        meet(make_approved(world, now=now), sts_errors.KeysRefusedError(), now),
        make_approved(world, now=now),
    )
    later = now + timedelta(seconds=31)
    assert begin(second, later).is_probe
    assert begin_attempt(grant_id=first.pk, now=later) is None
    assert IssueAttempt.objects.count() == 2


def test_a_probe_whose_worker_died_makes_room_for_another(world: World) -> None:
    now = timezone.now()
    first, second = (
        meet(make_approved(world, now=now), sts_errors.KeysRefusedError(), now),
        make_approved(world, now=now),
    )
    begin(second, now + timedelta(seconds=31))
    assert begin_attempt(grant_id=first.pk, now=now + timedelta(seconds=100)) is None
    assert begin(first, now + timedelta(seconds=107)).is_probe


def test_probes_come_less_and_less_often(world: World) -> None:
    now, waits = timezone.now(), []
    grant = make_approved(world, now=now)
    for _ in range(6):
        meet(grant, sts_errors.AccessDeniedError(), now)
        probe_at = IssuerCircuit.objects.get().probe_at
        assert probe_at
        waits.append((probe_at - now).total_seconds())
        now = probe_at
    assert waits == [30, 60, 120, 300, 300, 300]
    assert (grant.state, grant.tries, IssueAttempt.objects.count()) == ("approved", 0, 6)


def test_a_probe_that_mints_closes_it_and_everybody_goes_on(world: World) -> None:
    now = timezone.now()
    first, second = (
        meet(make_approved(world, now=now), sts_errors.KeysRefusedError(), now),
        make_approved(world, now=now),
    )
    now += timedelta(minutes=1)
    begun = begin(first, now)
    minted = make_minted(begun.name, expiration=now + timedelta(hours=1))
    finish_minted(begun=begun, minted=minted, now=now)
    assert events() == ["circuit.opened", "circuit.closed"]
    assert not begin(second, now).is_probe


def test_a_probe_that_meets_a_bad_policy_has_proved_the_keys(world: World) -> None:
    now = timezone.now()
    grant = meet(make_approved(world, now=now), sts_errors.KeysRefusedError(), now)
    meet(grant, sts_errors.PolicyMalformedError(), now + timedelta(minutes=1))
    assert events() == ["circuit.opened", "circuit.closed"]


def test_a_probe_that_is_throttled_proves_nothing(world: World) -> None:
    now = timezone.now()
    grant = meet(make_approved(world, now=now), sts_errors.KeysRefusedError(), now)
    now += timedelta(minutes=1)
    meet(grant, sts_errors.ThrottledError(), now)
    assert IssuerCircuit.objects.get().probe_at == now + timedelta(seconds=30)


def test_what_was_under_way_when_it_opened_waits_too_and_delays_no_probe(world: World) -> None:
    now = timezone.now()
    first, second = make_approved(world, now=now), make_approved(world, now=now)
    under_way = begin(second, now)
    meet(first, sts_errors.KeysRefusedError(), now)
    finish_refused(begun=under_way, error=sts_errors.KeysRefusedError(), now=now + timedelta(seconds=9))
    assert IssuerCircuit.objects.get().probe_at == now + timedelta(seconds=30)
    assert events() == ["circuit.opened"]
    second.refresh_from_db()
    assert (second.state, second.tries) == ("approved", 0)


def test_template_admins_are_told_at_most_once_an_hour(world: World) -> None:
    make_staff("abe", "template admins")
    now = timezone.now()
    grant = make_approved(world, now=now)
    for _ in range(20):
        meet(grant, sts_errors.KeysRefusedError(), now)
        now = IssuerCircuit.objects.get().probe_at or now
    assert now - AuditEvent.objects.get(kind="circuit.opened").at > timedelta(hours=1)  # type: ignore[operator]  # None fails the test as well
    assert told() == 4  # ada and abe, at the beginning and an hour later
    assert {mail.to_address for mail in OutboxMail.objects.filter(event="issuer_trouble")} == {
        "ada@daypass.example",
        "abe@daypass.example",
    }


def test_trouble_that_comes_and_goes_tells_once_an_hour_as_well(world: World) -> None:
    now = timezone.now()
    grant = make_approved(world, now=now)
    for minute in range(0, 50, 10):
        meet(grant, sts_errors.KeysRefusedError(), now + timedelta(minutes=minute))
        later = now + timedelta(minutes=minute + 1)
        note_success(issuer=world.issuer, began_at=later, now=later)
    assert len(events()) == 10
    assert told() == 1


def test_the_mail_says_what_to_mend_and_that_nothing_is_lost(world: World) -> None:
    meet(make_approved(world), sts_errors.KeysRefusedError(), timezone.now())
    mail = OutboxMail.objects.get(event="issuer_trouble")
    for name in ("subject.txt", "body.txt", "body.html"):
        assert "Main account" in render_to_string(f"emails/issuer_trouble/{name}", mail.context)
    text = render_to_string("emails/issuer_trouble/body.txt", mail.context)
    assert sts_errors.KeysRefusedError.way_on in text
    assert " UTC" in text


def test_the_requester_reads_that_it_waits_for_aws(world: World) -> None:
    grant = make_approved(world)
    assert not status_view(grant, timezone.now()).waits_for_aws
    meet(grant, sts_errors.KeysRefusedError(), timezone.now())
    assert status_view(grant, timezone.now()).waits_for_aws


def test_revoking_does_not_wait_for_it(world: World) -> None:
    issued = make_issued(world)
    waiting = meet(make_approved(world), sts_errors.KeysRefusedError(), timezone.now())
    for grant in (issued.grant, waiting):
        assert revoke_grant(reference=grant.reference, by=world.bob, reason="Stop.", now=timezone.now()).state == (
            "revoked"
        )


def test_another_issuer_goes_on(world: World) -> None:
    meet(make_approved(world), sts_errors.KeysRefusedError(), timezone.now())
    grant = make_approved(world)
    IssuerCircuit.objects.update(issuer=type(world.issuer).objects.create(
        name="Other", account_id="444455556666", region="us-east-1", profile="x", revoker_profile="x",
        user_arn="arn:aws:iam::444455556666:user/daypass-issuer",
    ))  # fmt: skip
    assert not begin(grant, timezone.now()).is_probe


@pytest.mark.parametrize(
    "fault", ["invalid_client_token", "expired_token", "access_denied", "region_disabled", "signature_skew"]
)
def test_on_the_wire_it_opens_is_probed_once_and_closes_by_itself(workers: RunningAws, fault: str) -> None:
    world = make_world()
    grants = [make_approved(world) for _ in range(3)]
    workers.control.add_fault(fault, times=None, operation="GetFederationToken")
    before, now = workers.control.last_sequence(), timezone.now()
    for later in (0, 5, 31, 35):  # opens, waits, probes, waits
        for grant in grants:
            issue_grant(grant_id=grant.pk, clock=lambda at=later: now + timedelta(seconds=at))  # type: ignore[misc]  # mypy takes no default of a lambda's
    assert len(workers.control.calls(since=before, operation="GetFederationToken")) == 2
    workers.control.clear_faults()
    for grant in grants:
        issue_grant(grant_id=grant.pk, clock=lambda: now + timedelta(minutes=3))
    assert set(Grant.objects.values_list("state", flat=True)) == {"issued"}
    assert events() == ["circuit.opened", "circuit.closed"]


def test_a_success_that_was_under_way_when_it_opened_does_not_close_it(world: World) -> None:
    now = timezone.now()
    slow = begin_attempt(grant_id=make_approved(world, now=now).pk, now=now)
    assert slow
    meet(make_approved(world, now=now), sts_errors.KeysRefusedError(), now + timedelta(seconds=1))
    minted = make_minted(slow.name, expiration=now + timedelta(hours=1))
    finish_minted(begun=slow, minted=minted, now=now + timedelta(seconds=2))
    assert IssuerCircuit.objects.get().opened_at
