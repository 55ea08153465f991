"""What the runbook tells an operator to run does what it says."""

import re
import shlex
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from grants import permissions
from grants.flows.expire import expire_due
from grants.flows.issue.begin import begin_attempt
from grants.flows.people import knock
from grants.flows.recover import recover_attempts
from grants.models import AuditEvent, Grant, Issuer, OutboxMail, SealedCredential, User, Vendor
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
    commands = re.findall(r"^    manage\.py (.+)$", (DEPLOY / "runbook.md").read_text(), re.MULTILINE)
    for command in commands:
        call_command(*shlex.split(command), stdout=StringIO())
    knock(email="carol@acme.example", now=timezone.now())
    people = {user.full_name: user for user in User.objects.all()}
    permissions.check_template_admin(people["Ada"])
    permissions.check_approver(people["Bob"])
    permissions.check_auditor(people["Eve"])
    permissions.check_may_invite(people["Sam"], Vendor.objects.get())
    permissions.check_contractor(people["Carol"])
    Issuer.objects.get().full_clean()
    assert AuditEvent.objects.filter(payload__contains='"actor":"operator"').count() == len(commands)
