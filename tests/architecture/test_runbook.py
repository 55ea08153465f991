"""What the runbook tells an operator to run does what it says."""

import re
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from django.db import connection
from django.utils import timezone

from grants import permissions
from grants.flows.expire import expire_due
from grants.flows.issue.begin import begin_attempt
from grants.flows.recover import recover_attempts
from grants.models import Grant, Issuer, OutboxMail, SealedCredential, User
from tests.factories import make_approved, make_issued, make_request, make_world

pytestmark = pytest.mark.django_db

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def restore() -> None:
    script = (DEPLOY / "after-restore.sql").read_text()
    with connection.cursor() as cursor:  # the test's own transaction stands for BEGIN and COMMIT
        cursor.execute(re.sub(r"^(\\.*|BEGIN;|COMMIT;)$", "", script, flags=re.MULTILINE))


def test_after_a_restore_nothing_open_is_minted_or_revealed() -> None:
    world = make_world()
    issued = make_issued(world).grant.pk
    approved = make_approved(world).pk
    cut_short = make_approved(world).pk
    begin_attempt(grant_id=cut_short, now=timezone.now())
    restore()
    later = timezone.now() + timedelta(minutes=5)
    assert begin_attempt(grant_id=approved, now=later) is None
    recover_attempts(now=later)
    expire_due(now=later)
    states = dict(Grant.objects.values_list("pk", "state"))
    assert states == {issued: "expired", approved: "lapsed", cut_short: "lapsed"}


def test_after_a_restore_nothing_sealed_is_left() -> None:
    make_issued(make_world())
    restore()
    expire_due(now=timezone.now() + timedelta(seconds=1))
    assert not SealedCredential.objects.exclude(ciphertext=None)
    assert not OutboxMail.objects.exclude(sealed=None)


def test_after_a_restore_a_request_can_still_be_decided() -> None:
    grant = make_request(make_world()).grant
    restore()
    expire_due(now=timezone.now())
    grant.refresh_from_db()
    assert grant.state == "requested"


def test_the_first_people_can_do_their_work() -> None:
    found = re.search(
        r"\n\n(    from django\.contrib\.auth.*?)\n\n(?=\S)", (DEPLOY / "runbook.md").read_text(), re.DOTALL
    )
    assert found
    exec(compile(dedent(found[1]), "runbook.md", "exec"), {})  # noqa: S102 - the text under test
    people = {user.full_name: user for user in User.objects.all()}
    permissions.check_template_admin(people["Ada"])
    permissions.check_approver(people["Bob"])
    permissions.check_auditor(people["Eve"])
    permissions.check_contractor(people["Carol"])
    Issuer.objects.get().full_clean()
