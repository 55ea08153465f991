"""The doctor in every process of a whole installation: each with its own role and keys, and nobody else's."""

import json
import subprocess
import sys
from typing import Any

import pytest

from portal.embedded.state import CHECKOUT
from tests.tasks.company import Company

pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(240)]
SAID_BY_ALL = {"warn address: PUBLIC_URL", "warn backups: PostgreSQL"}  # a machine on a table archives nothing


def doctor(company: Company, process: str, *flags: str) -> tuple[int, list[dict[str, Any]], str]:
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json", *flags],
        env=company.stack.environment(process),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout), done.stdout + done.stderr


@pytest.mark.parametrize("process", ["web", "issue", "revoke", "mail"])
def test_a_whole_installation_is_well_and_no_secret_is_printed(company: Company, process: str) -> None:
    company.until(lambda: len(company.rows("SELECT 1 FROM grants_heartbeat")) == 3, "every worker's first sweep")
    status, found, printed = doctor(company, process)
    bad = [f"{each['level']} {each['what']}" for each in found if each["level"] != "ok"]
    assert (status, {" ".join(line.split()[:3]) for line in bad}) == (0, SAID_BY_ALL), bad
    kept = company.stack.secrets
    rings = [kept.sealing_keys.partition(":")[2], kept.mail_sealing_keys.partition(":")[2], kept.pickup_code_key]
    words = [*rings, kept.secret_key, kept.broker_password, kept.smtp_password, *kept.role_passwords.values()]
    assert not [word for word in words if word in printed]


def test_a_worker_that_is_down_is_named(company: Company) -> None:
    company.rows("UPDATE grants_heartbeat SET at = at - interval '1 hour' WHERE worker = 'mail' RETURNING 1")
    company.stack.children["mail"].stop(seconds=5)
    try:
        company.rows("UPDATE grants_heartbeat SET at = at - interval '1 hour' WHERE worker = 'mail' RETURNING 1")
        status, found, _ = doctor(company, "web")
    finally:
        company.stack.restart("mail")
    assert status == 1
    assert [each["mend"][:8] for each in found if each["level"] == "FAIL"] == ["Start it"]


def test_every_dry_run_is_an_attempt_on_record(company: Company) -> None:
    start = company.control.last_sequence()
    doctor(company, "issue")
    names = [call["parameters"]["Name"] for call in company.control.calls(since=start, operation="GetFederationToken")]
    rows = company.rows("SELECT outcome FROM grants_issueattempt WHERE name = ANY(%s)", names)
    assert (len(names), [row["outcome"] for row in rows]) == (1, ["discarded"])
