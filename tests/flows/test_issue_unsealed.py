"""Credentials that cannot be sealed are thrown away: one session, denied by name, and the true reason on record."""

import pytest
from django.utils import timezone
from pytest_django import Settings

from grants.flows.issue import issue_grant
from grants.models import Denial, IssueAttempt, SealedCredential
from portal.embedded.aws import RunningAws
from tests.factories import make_approved, make_world

pytest_plugins = ["tests.embedded.aws_fixtures", "tests.flows.aws_workers"]
pytestmark = pytest.mark.django_db


def test_without_a_sealing_key_one_session_is_minted_and_denied(workers: RunningAws, settings: Settings) -> None:
    grant = make_approved(make_world())
    settings.SEALING_KEYS = {}
    before = workers.control.last_sequence()
    for _ in range(3):
        issue_grant(grant_id=grant.pk, clock=timezone.now)
    grant.refresh_from_db()
    attempt = IssueAttempt.objects.get()
    assert (grant.state, grant.failure_code, attempt.outcome) == ("failed", "cannot_seal", "unknown")
    assert Denial.objects.get().userid.endswith(attempt.name)
    assert not SealedCredential.objects.exists()
    assert len(workers.control.calls(since=before, operation="GetFederationToken")) == 1
