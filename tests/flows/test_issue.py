"""The two commits around STS: what is on record before it is called, and what every answer leaves behind."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
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
