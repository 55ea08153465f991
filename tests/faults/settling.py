"""After a fault: everything runs again, time passes faster, and sooner or later nothing is left to do."""

import time
from typing import Final

from celery import current_app
from django.db import connection

from tests.faults.stage import Stage

UNFINISHED: Final = """
    SELECT reference || ' is ' || state AS what FROM grants_grant WHERE state IN ('approved', 'issuing')
    UNION ALL SELECT event || ' to ' || to_address || ' waits: ' || last_error FROM grants_outboxmail
        WHERE state = 'queued'
    UNION ALL SELECT userid || ' is not denied yet: ' || last_error FROM grants_denial WHERE confirmed_at IS NULL"""
HURRY: Final = (
    b"UPDATE grants_grant SET due_at = now() WHERE state = 'approved' AND due_at > now()",
    b"UPDATE grants_issuercircuit SET probe_at = now() WHERE opened_at IS NOT NULL AND probe_at > now()",
    b"UPDATE grants_denial SET due_at = now() WHERE confirmed_at IS NULL AND due_at > now()",
    # A collected mail waits for more to collect.
    b"""UPDATE grants_outboxmail SET due_at = now() WHERE state = 'queued'
        AND (last_error <> '' OR event = 'requests_waiting' AND tries = 0)""",
    # No call lasts longer than 15 s (3 to connect, 10 to read), so whoever made an older one is dead.
    b"""UPDATE grants_issueattempt SET lease_until = now() - interval '1 second'
        WHERE outcome = 'pending' AND started_at < now() - interval '15 seconds'""",
    b"""UPDATE grants_outboxmail SET due_at = now()
        WHERE state = 'queued' AND due_at > now() AND due_at < now() + interval '60 seconds'""",
)
SWEEPS: Final = ("grants.sweep_issue", "grants.sweep_revoke", "grants.sweep_mail")


def settle(stage: Stage, *, seconds: float = 60) -> None:
    """Heal everything and wait until nothing is under way; AssertionError names what is."""
    stage.heal()
    connection.close()
    deadline = time.monotonic() + seconds
    while left := [row["what"] for row in stage.rows(UNFINISHED)]:
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:.0f} s there is still: {'; '.join(left[:5])}")
        hurry(stage)
        time.sleep(0.5)


def lease_is_over(stage: Stage) -> None:
    """What dead workers had taken is free again: 75 seconds later."""
    with stage.superuser() as db:
        db.execute(
            b"UPDATE grants_issueattempt SET lease_until = now() - interval '1 second' WHERE outcome = 'pending'"
        )
        db.execute(b"UPDATE grants_outboxmail SET due_at = now() WHERE state = 'queued'")


def hurry(stage: Stage) -> None:
    """What waits for its time is due now, and the sweepers come at once."""
    with stage.superuser() as db:
        for statement in HURRY:
            db.execute(statement)
    for task in SWEEPS:
        current_app.send_task(task)
