"""The two commits around STS: what is on record before it is called, and what every answer leaves behind."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from grants.errors import GrantError, IssuesSpentError
from grants.flows.approve import approve_grant
from grants.flows.issue.begin import Begun, begin_attempt
from grants.flows.issue.finish import finish_minted, finish_refused
from grants.flows.recover import recover_attempts
from grants.flows.retry import retry_grant
from grants.flows.revoke import revoke_grant
from grants.gateways.sts_errors import AnswerLostError, PolicyTooLargeError, ThrottledError
from grants.models import AuditEvent, Denial, Grant, IssueAttempt, OutboxMail, SealedCredential, User
from grants.policies import ATTEMPTS_MAX, ISSUES_MAX, LEASE
from grants.values import FederationRequest
from tests.factories import (
    SECRET,
    SESSION,
    World,
    mailed_token,
    make_approved,
    make_issued,
    make_minted,
    make_request,
    make_world,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def begin(grant: Grant) -> Begun:
    begun = begin_attempt(grant_id=grant.pk, now=timezone.now())
    assert begun
    return begun


def refuse(grant: Grant, error: GrantError) -> Grant:
    finish_refused(begun=begin(grant), error=error, now=timezone.now())
    grant.refresh_from_db()
    return grant


def test_a_call_that_failed_gives_its_grant_back_although_its_signer_was_frozen_meanwhile(world: World) -> None:
    grant = make_approved(world)
    begun = begin(grant)
    User.objects.filter(pk=world.bob.pk).update(is_active=False)
    finish_refused(begun=begun, error=ThrottledError(), now=timezone.now())
    assert Grant.objects.get().state == "approved"
    with pytest.raises(DatabaseError, match="must sign"), transaction.atomic():
        Grant.objects.update(state="issuing")  # and it goes no further, whatever the code says


def test_nothing_is_minted_before_the_start_that_was_signed_whatever_the_rows_own_times_say(world: World) -> None:
    now = timezone.now()
    start = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=5)
    grant = make_request(world, starts_at=start).grant
    approve_grant(reference=grant.reference, by=world.bob, snapshot_hash=grant.snapshot_hash, now=now)
    Grant.objects.filter(pk=grant.pk).update(due_at=now - timedelta(minutes=1))
    assert begin_attempt(grant_id=grant.pk, now=now) is None
    grant.refresh_from_db()
    assert (grant.state, grant.due_at, IssueAttempt.objects.count()) == ("approved", start, 0)
    assert begin_attempt(grant_id=grant.pk, now=start) is not None


def test_the_attempt_is_on_record_before_sts_is_called(world: World) -> None:
    grant = make_approved(world)
    begun = begin(grant)
    attempt = IssueAttempt.objects.get()
    assert (attempt.outcome, attempt.name) == ("pending", f"dp-{grant.reference}-1")
    assert begun.name == attempt.name
    assert Grant.objects.get().state == "issuing"


def test_what_is_sent_is_what_was_signed(world: World) -> None:
    grant = make_approved(world)
    request = begin(grant).request
    assert isinstance(request, FederationRequest)
    assert isinstance(request, FederationRequest)
    assert request.policy == (
        '{"Version":"2012-10-17","Statement":['
        '{"Sid":"Objects","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],'
        '"Resource":"arn:aws:s3:::acme-drop/in/*"},'
        '{"Sid":"Listing","Effect":"Allow","Action":["s3:ListBucket"],"Resource":"arn:aws:s3:::acme-drop",'
        '"Condition":{"StringLike":{"s3:prefix":"in/*"}}}]}'
    )
    assert request.seconds == grant.seconds


def test_a_grant_is_begun_by_one_worker_only(world: World) -> None:
    grant = make_approved(world)
    begin(grant)
    assert begin_attempt(grant_id=grant.pk, now=timezone.now()) is None
    assert IssueAttempt.objects.count() == 1


def test_sizes_and_handles_are_kept_and_the_secret_is_not(world: World) -> None:
    issued = make_issued(world)
    attempt = IssueAttempt.objects.get()
    assert (attempt.packed_policy_size, attempt.token_utilization, attempt.token_size) == (12, 12, 490)
    assert attempt.federated_id == f"111122223333:{attempt.name}"
    sealed = bytes(SealedCredential.objects.get().ciphertext or b"")
    for secret in (SECRET, SESSION, issued.token):
        assert secret.encode() not in sealed
        assert not AuditEvent.objects.filter(payload__contains=secret).exists()
        assert not OutboxMail.objects.filter(context__icontains=secret).exists()


def test_a_size_that_sts_did_not_send_is_not_zero(world: World) -> None:
    begun = begin(make_approved(world))
    minted = make_minted(begun.name, expiration=timezone.now() + timedelta(hours=1))
    bare = type(minted)(**{name: getattr(minted, name) for name in minted.__slots__} | {"packed_policy_size": None})
    finish_minted(begun=begun, minted=bare, now=timezone.now())
    assert IssueAttempt.objects.get().packed_policy_size is None


def test_a_passing_error_is_tried_again_later_under_a_new_name(world: World) -> None:
    grant = refuse(make_approved(world), ThrottledError())
    assert grant.state == "approved"
    assert grant.due_at
    assert grant.due_at > timezone.now()
    begun = begin_attempt(grant_id=grant.pk, now=timezone.now() + timedelta(minutes=1))
    assert begun
    assert begun.name.endswith("-2")


def test_a_final_error_fails_with_its_reason_and_a_person_may_try_again(world: World) -> None:
    grant = refuse(make_approved(world), PolicyTooLargeError())
    assert (grant.state, grant.failure_code) == ("failed", "sts_policy_too_large")
    assert OutboxMail.objects.filter(event="grant_failed", to_address=world.carol.email).exists()
    assert retry_grant(reference=grant.reference, by=world.bob, now=timezone.now()).state == "approved"


def test_attempts_are_capped(world: World) -> None:
    grant = make_approved(world)
    now = timezone.now()
    for _ in range(ATTEMPTS_MAX):
        now += timedelta(hours=1)
        begun = begin_attempt(grant_id=grant.pk, now=now)
        assert begun
        finish_refused(begun=begun, error=ThrottledError(), now=now)
    grant.refresh_from_db()
    assert (grant.state, IssueAttempt.objects.count()) == ("failed", ATTEMPTS_MAX)


def test_an_approval_covers_three_issues_and_each_denies_the_one_before(world: World) -> None:
    grant, now = make_approved(world), timezone.now()
    for number in range(1, ISSUES_MAX + 1):
        now += timedelta(hours=1)
        begun = begin_attempt(grant_id=grant.pk, now=now)
        assert begun
        finish_refused(begun=begun, error=AnswerLostError(), now=now)
        assert Denial.objects.count() == number
    assert begin_attempt(grant_id=grant.pk, now=now + timedelta(hours=1)) is None
    grant.refresh_from_db()
    assert (grant.state, grant.failure_code, grant.attempts.count()) == ("failed", "issues_spent", ISSUES_MAX)
    with pytest.raises(IssuesSpentError):
        retry_grant(reference=grant.reference, by=world.bob, now=now)


def test_what_may_have_minted_is_tried_again_more_slowly(world: World) -> None:
    """Each costs one of three: a minute of trouble at AWS must not use an approval up."""
    grant, now = make_approved(world), timezone.now()
    for least in (timedelta(seconds=10), timedelta(minutes=5)):
        begun = begin_attempt(grant_id=grant.pk, now=now)
        assert begun
        finish_refused(begun=begun, error=AnswerLostError(), now=now)
        grant.refresh_from_db()
        assert grant.due_at
        assert grant.due_at - now >= least
        now = grant.due_at


def test_what_aws_refused_is_not_counted_among_the_three(world: World) -> None:
    grant, now = make_approved(world), timezone.now()
    for error in (AnswerLostError(), ThrottledError(), AnswerLostError(), ThrottledError()):
        now += timedelta(hours=1)
        begun = begin_attempt(grant_id=grant.pk, now=now)
        assert begun
        finish_refused(begun=begun, error=error, now=now)
    assert begin_attempt(grant_id=grant.pk, now=now + timedelta(hours=1))


def test_an_answer_that_was_lost_is_denied_by_name(world: World) -> None:
    refuse(make_approved(world), AnswerLostError())
    attempt = IssueAttempt.objects.get()
    assert attempt.outcome == "unknown"
    assert Denial.objects.get().userid == f"111122223333:{attempt.name}"


def test_a_worker_that_died_is_recovered_after_its_lease(world: World) -> None:
    grant = make_approved(world)
    begun = begin(grant)
    assert recover_attempts(now=timezone.now()) == 0
    assert recover_attempts(now=timezone.now() + LEASE + timedelta(seconds=1)) == 1
    grant.refresh_from_db()
    assert grant.state == "approved"
    assert Denial.objects.get().userid.endswith(begun.name)


def test_an_answer_that_comes_after_its_lease_is_dropped(world: World) -> None:
    begun = begin(make_approved(world))
    recover_attempts(now=timezone.now() + LEASE + timedelta(seconds=1))
    minted = make_minted(begun.name, expiration=timezone.now() + timedelta(hours=1))
    finish_minted(begun=begun, minted=minted, now=timezone.now())
    assert IssueAttempt.objects.get().outcome == "unknown"
    assert not SealedCredential.objects.exists()


def test_a_revocation_during_the_call_discards_the_keys_and_denies_the_name(world: World) -> None:
    grant = make_approved(world)
    begun = begin(grant)
    revoke_grant(reference=grant.reference, by=world.bob, reason="Wrong person.", now=timezone.now())
    minted = make_minted(begun.name, expiration=timezone.now() + timedelta(hours=1))
    finish_minted(begun=begun, minted=minted, now=timezone.now())
    grant.refresh_from_db()
    assert grant.state == "revoked"
    assert IssueAttempt.objects.get().outcome == "discarded"
    assert not SealedCredential.objects.exists()
    assert Denial.objects.get().userid == minted.federated_user_id
    assert OutboxMail.objects.get(event="grant_revoked").context["reason"] == "Wrong person."


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda w: type(w.issuer).objects.update(region="eu-west-1"), "issuer_changed"),  # another issuer now
        (lambda w: type(w.issuer).objects.update(is_active=False), "issuer_changed"),  # switched off
        (lambda w: type(w.carol).objects.filter(pk=w.carol.pk).update(is_active=False), "approval_missing"),  # left
        (
            lambda w: type(w.bob).objects.filter(pk=w.bob.pk).update(is_active=False),
            "approval_missing",
        ),  # approver left
        (lambda w: type(w.vendor).objects.update(is_active=False), "vendor_closed"),  # contract over
    ],
)
def test_what_changed_since_the_approval_stops_the_mint(world: World, spoil: object, code: str) -> None:
    grant = make_approved(world)
    spoil(world)  # type: ignore[operator]  # the table's column is an object
    assert begin_attempt(grant_id=grant.pk, now=timezone.now()) is None
    grant.refresh_from_db()
    assert (grant.state, grant.failure_code) == ("failed", code)
    assert not IssueAttempt.objects.exists()


def test_an_approval_that_is_too_old_mints_nothing(world: World) -> None:
    grant = make_approved(world)
    assert begin_attempt(grant_id=grant.pk, now=timezone.now() + timedelta(hours=73)) is None
    assert not IssueAttempt.objects.exists()


def test_the_database_too_lets_nothing_be_issued_on_signatures_that_ran_out(world: World) -> None:
    grant, late = make_approved(world), timezone.now() + timedelta(hours=73)
    with pytest.raises(DatabaseError, match="must sign"), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(state="issuing", state_at=late)


def test_the_link_mail_holds_the_token_only_sealed(world: World) -> None:
    issued = make_issued(world)
    mail = issued.grant.mails.get(event="link_ready")
    assert mailed_token(issued.grant) == issued.token
    assert issued.token.encode() not in bytes(mail.sealed or b"")


@pytest.mark.parametrize(
    "change",
    [
        {"user_arn": "arn:aws:iam::111122223333:user/daypass-issuer-2"},  # a Deny would go to somebody else
        {"account_id": "999999999999"},
        {"partition": "aws-cn"},
    ],
)
def test_an_issuer_that_has_minted_keeps_its_account_and_user(world: World, change: dict[str, str]) -> None:
    make_issued(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        type(world.issuer).objects.update(**change)
    type(world.issuer).objects.update(region="eu-west-1", is_active=False)


def test_an_issuer_that_has_not_minted_can_be_put_right(world: World) -> None:
    arn = "arn:aws:iam::999999999999:user/daypass-issuer"
    assert type(world.issuer).objects.update(account_id="999999999999", user_arn=arn) == 1
