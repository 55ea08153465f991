"""Answers of STS that lack fields, are late, cut off or absurd: on record, denied by name, and no grant is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from grants.errors import StsError
from grants.flows.enforce import enforce_denials
from grants.flows.issue import issue_grant
from grants.flows.retry import retry_grant
from grants.gateways.sts_answers import read_federation_answer
from grants.gateways.sts_errors import AnswerUnusableError
from grants.models import AuditEvent, Denial, Grant, IssueAttempt, OutboxMail, SealedCredential
from grants.values import Minted
from portal.embedded.aws import ACCOUNT_ID, RunningAws
from tests.factories import World, make_approved, make_world
from tests.flows.denied import denied_at
from tests.gateways.canned_aws import ISSUER, REQUEST

pytest_plugins = ["tests.embedded.aws_fixtures", "tests.flows.aws_workers"]
pytestmark = pytest.mark.django_db
LONGEST = timedelta(hours=36)

SPOILED = [
    # the double's fault, what the attempt says, where the grant is then
    ("no_credentials", "sts_answer_unusable", "failed"),  # a yes without anything in it
    ("no_secret", "sts_answer_unusable", "failed"),  # half of the keys
    ("no_expiration", "sts_answer_unusable", "failed"),  # no end
    ("no_user", "sts_answer_unusable", "failed"),  # nobody's
    ("ended_already", "sts_answer_unusable", "failed"),  # over before it began
    ("ends_too_late", "sts_answer_unusable", "failed"),  # beyond what was approved
    ("other_name", "sts_answer_unusable", "failed"),  # somebody else's
    ("not_xml", "sts_answer_unusable", "failed"),  # somebody else's page
    ("empty_body", "sts_answer_lost", "approved"),  # nothing
    ("malformed_xml", "sts_answer_lost", "approved"),  # cut off
    ("lost_answer", "sts_answer_lost", "approved"),  # minted, and the connection closed
    ("drop", "sts_answer_lost", "approved"),  # closed, and who knows
    ("internal_error", "sts_unavailable", "approved"),  # who knows
]


@pytest.fixture
def world() -> World:
    return make_world()


def issue(grant: Grant) -> Grant:
    issue_grant(grant_id=grant.pk, clock=timezone.now)
    grant.refresh_from_db()
    return grant


@pytest.mark.parametrize(("fault", "code", "state"), SPOILED)
def test_every_spoiled_answer_is_an_attempt_of_unknown_outcome_and_its_name_is_denied(
    workers: RunningAws, world: World, fault: str, code: str, state: str
) -> None:
    workers.control.add_fault(fault, operation="GetFederationToken")
    grant = issue(make_approved(world))
    attempt = IssueAttempt.objects.get()
    assert (attempt.outcome, attempt.error_code, grant.state) == ("unknown", code, state)
    assert not SealedCredential.objects.exists()
    enforce_denials(issuer_id=world.issuer.pk, clock=timezone.now)
    assert denied_at(workers) == {f"{ACCOUNT_ID}:{attempt.name}"}


@pytest.mark.parametrize(("fault", "code", "state"), SPOILED)
def test_the_next_try_succeeds_under_another_name(
    workers: RunningAws, world: World, fault: str, code: str, state: str
) -> None:
    workers.control.add_fault(fault, operation="GetFederationToken")
    grant = issue(make_approved(world))
    if state == "failed":
        retry_grant(reference=grant.reference, by=world.bob, now=timezone.now())
    issue_grant(grant_id=grant.pk, clock=lambda: timezone.now() + timedelta(seconds=15))
    grant.refresh_from_db()
    assert grant.state == "issued", code
    assert list(grant.attempts.values_list("outcome", flat=True)) == ["unknown", "minted"]
    assert OutboxMail.objects.filter(event="link_ready").count() == 1


def test_a_late_answer_is_an_answer(workers: RunningAws, world: World) -> None:
    workers.control.add_fault("delay", operation="GetFederationToken", seconds=2)
    assert issue(make_approved(world)).state == "issued"


def test_sizes_that_sts_leaves_out_are_not_zero(workers: RunningAws, world: World) -> None:
    workers.control.add_fault("omit_sizes", operation="GetFederationToken")
    assert issue(make_approved(world)).state == "issued"
    attempt = IssueAttempt.objects.get()
    assert (attempt.packed_policy_size, attempt.token_utilization, attempt.token_size) == (None, None, None)


def test_a_session_that_may_live_longer_than_asked_is_denied_as_long_as_any_can_live(
    workers: RunningAws, world: World
) -> None:
    workers.control.add_fault("ends_too_late", operation="GetFederationToken")
    before = timezone.now()
    issue(make_approved(world))
    assert Denial.objects.get().session_ends_at >= before + LONGEST


def test_the_person_reads_a_sentence_and_the_auditor_the_name(workers: RunningAws, world: World) -> None:
    workers.control.add_fault("other_name", operation="GetFederationToken")
    issue(make_approved(world))
    mail = OutboxMail.objects.get(event="grant_failed")
    assert mail.context["reason"] == AnswerUnusableError.sentence
    assert "dp-SOMEBODY01-1" in IssueAttempt.objects.get().error_detail
    assert not AuditEvent.objects.filter(payload__contains="Traceback").exists()


# --- whose clock ------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(seconds=REQUEST.seconds)


def read(*, ends: datetime, date: str | None = None) -> Minted:
    answer = {
        "Credentials": {
            "AccessKeyId": "ASIACANARY0000000000",
            "SecretAccessKey": "x" * 40,
            "SessionToken": "y" * 100,
            "Expiration": ends,
        },
        "FederatedUser": {
            "FederatedUserId": f"{ISSUER.account_id}:{REQUEST.name}",
            "Arn": f"arn:aws:sts::{ISSUER.account_id}:federated-user/{REQUEST.name}",
        },
        "ResponseMetadata": {"HTTPHeaders": {"date": date} if date else {}},
    }
    return read_federation_answer(answer, issuer=ISSUER, request=REQUEST, now=NOW)


@pytest.mark.parametrize(
    ("ends", "date", "is_taken"),
    [
        (NOW + HOUR + timedelta(seconds=60), None, True),  # a minute is how clocks are
        (NOW + HOUR + timedelta(seconds=61), None, False),  # more is more than was approved
        (NOW + timedelta(seconds=1), None, True),  # less than asked is AWS's right
        (NOW, None, False),  # over
        (NOW + HOUR + timedelta(minutes=4), "Sun, 22 Nov 2026 12:04:00 GMT", True),  # AWS's clock is ahead of ours
        (NOW + HOUR + timedelta(minutes=4), "Sun, 22 Nov 2026 12:00:00 GMT", False),  # it is not
        (NOW + HOUR + timedelta(minutes=4), "yesterday", False),  # no clock: ours counts
    ],
)
def test_the_end_is_what_was_asked_for_by_awss_own_clock(ends: datetime, date: str | None, *, is_taken: bool) -> None:
    if is_taken:
        assert read(ends=ends, date=date).credentials.expiration == ends
    else:
        with pytest.raises(StsError, match="nobody asked for"):
            read(ends=ends, date=date)
