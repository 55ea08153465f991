"""The mail server refuses, hangs, is not there, or takes a mail and does not say so: one link, and somebody knows."""

from typing import Any, Final

from celery import current_app

from portal.embedded.mail_faults import MailFault
from tests.faults.fault import Fault
from tests.faults.pickup import Pickups
from tests.faults.settling import settle
from tests.faults.stage import Stage


def mail_of(stage: Stage, reference: str) -> dict[str, Any]:
    """The row of the mail with the link."""
    query = "SELECT m.* FROM grants_outboxmail m JOIN grants_grant g ON g.id = m.grant_id WHERE reference = %s"
    rows = stage.rows(f"{query} AND event = 'link_ready'", reference)
    return rows[0] if rows else {"state": "", "last_error": "", "tries": 0}


def refused_until(stage: Stage, reference: str, tries: int) -> None:
    """So many tries have been refused; waits are not waited for."""
    for number in range(1, tries + 1):
        stage.until(lambda n=number: mail_of(stage, reference)["tries"] >= n, f"try {number}")  # type: ignore[misc]  # mypy takes no default of a lambda's
        stage.until(lambda: mail_of(stage, reference)["last_error"], "refused")
        if number < tries:
            stage.rows(
                "UPDATE grants_outboxmail SET due_at = now(), last_error = '' WHERE state = 'queued' RETURNING 1"
            )
            current_app.send_task("grants.sweep_mail")


def connection_refused(stage: Stage, pickups: Pickups) -> None:
    stage.stack.mail.stop()
    reference = stage.approved()
    refused_until(stage, reference, 1)
    settle(stage)
    pickups.until_revealed(reference)


def hanging(stage: Stage, _: Pickups) -> None:
    """Longer than the mail worker waits; what hangs has been read, and may be delivered yet."""
    grant = stage.asked()
    settle(stage)
    stage.trouble_mail(MailFault.HANG)
    reference = stage.approve(grant)
    refused_until(stage, reference, 1)
    settle(stage)
    assert len(set(stage.post.links(reference))) == 1


def put_off_for_half_an_hour(stage: Stage, pickups: Pickups) -> None:
    stage.trouble_mail(MailFault.LATER)
    reference = stage.approved()
    refused_until(stage, reference, 4)
    assert stage.post.links(reference) == []
    settle(stage)
    pickups.until_revealed(reference)
    assert len(stage.post.links(reference)) == 1


def refused_for_good(stage: Stage, _: Pickups) -> None:
    stage.trouble_mail(MailFault.REFUSE)
    reference = stage.approved()
    refused_until(stage, reference, 3)
    stage.until(lambda: mail_of(stage, reference)["state"] == "rejected", "given up")
    assert mail_of(stage, reference)["sealed"] is None
    settle(stage)
    assert stage.post.links(reference) == []


def dropped_after_data(stage: Stage, pickups: Pickups) -> None:
    stage.trouble_mail(MailFault.DROP)
    reference = stage.approved()
    refused_until(stage, reference, 1)
    settle(stage)
    first, second = stage.post.links(reference)
    assert first == second
    pickups.until_revealed(reference)


FAULTS: Final = (
    Fault("SMTP connection refused", connection_refused),
    Fault("SMTP hanging", hanging),
    Fault("SMTP 4xx for 30 minutes", put_off_for_half_an_hour),
    Fault("SMTP 5xx", refused_for_good),
    Fault("SMTP dropped after DATA", dropped_after_data),
)
