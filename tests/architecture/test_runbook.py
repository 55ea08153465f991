"""What the runbook tells an operator to run does what it says."""

import re
import shlex
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from grants import permissions
from grants.flows.people import knock
from grants.models import AuditEvent, Issuer, User, Vendor

pytestmark = pytest.mark.django_db

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


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


def test_what_the_runbook_says_to_watch_runs_and_beat_does_its_part() -> None:
    watch = (DEPLOY / "runbook.md").read_text().partition("## Watch")[2].partition("\n## ")[0]
    commands = re.findall(r"`manage\.py ([a-z_ ]+)", watch)
    assert "check_invariants" in commands
    for command in commands:
        call_command(*command.split(), stdout=StringIO())
