"""PostgreSQL restarted during each step, killed, and an audit table that takes nothing."""

import contextlib
import time
from collections.abc import Callable
from threading import Thread
from typing import Final

import django.db
import psycopg
from django.db import connection

from tests.browser import Page
from tests.faults.fault import Fault
from tests.faults.pickup import Pickups
from tests.faults.settling import lease_is_over, settle
from tests.faults.stage import FEDERATE, REASON, Stage
from tests.people import Inbox, known_people, sign_in_contractor, sign_in_staff


def restarted_while_approving(stage: Stage, _: Pickups) -> None:
    grant = stage.asked()
    _restart_under(stage, grant.reference, lambda: stage.approve(grant))
    assert stage.state(grant.reference) == "requested"
    stage.approve(grant)
    settle(stage)
    assert stage.outcomes(grant.reference) == ["minted"]


def restarted_while_a_form_is_sent(stage: Stage, _: Pickups) -> None:
    """Carol's request and bob's signature stand in the middle of their POST; pressed again, each works once."""
    carol, _code = sign_in_contractor(stage.stack.public_url, stage.carol.email, Inbox(stage.stack.mail.inbox_url))
    page = carol.get("/requests/new/acme-drop-read-and-write/")
    check = carol.submit(page, action="check", hours="1", reason=REASON, ticket="OPS-42")
    before = stage.rows("SELECT count(*) AS n FROM grants_grant")
    assert _restart_in_the_middle(stage, lambda: carol.submit(check, action="send")).status >= 500
    assert stage.rows("SELECT count(*) AS n FROM grants_grant") == before
    carol.submit(check, action="send").expect("pickup code")
    reference = stage.rows("SELECT reference FROM grants_grant ORDER BY requested_at DESC LIMIT 1")[0]["reference"]
    known = {person["role"]: person for person in known_people(stage.stack.state)}
    bob = sign_in_staff(stage.stack.public_url, known["approver"])
    card = bob.get(f"/approvals/{reference}/")
    assert _restart_in_the_middle(stage, lambda: bob.submit(card, action="approve")).status >= 500
    assert stage.state(reference) == "requested"
    bob.submit(card, action="approve")
    settle(stage)
    assert (stage.state(reference), stage.outcomes(reference)) == ("issued", ["minted"])


def restarted_while_minting(stage: Stage, _: Pickups) -> None:
    stage.control.add_fault("delay", operation=FEDERATE, seconds=2)
    reference = stage.approved()
    stage.until_calling(reference)
    stage.restart_postgres()
    stage.until(lambda: stage.calls(reference, "ok"), "STS has answered")
    time.sleep(1)  # the second commit fails, or does not
    lease_is_over(stage)
    settle(stage)
    assert stage.outcomes(reference)[-1] == "minted"


def restarted_while_mailing(stage: Stage, _: Pickups) -> None:
    stage.trouble_mail(delay_ms=2000)
    reference = stage.approved()
    on_its_way = "SELECT 1 FROM grants_outboxmail WHERE event = 'link_ready' AND tries = 1 AND state = 'queued'"
    stage.until(lambda: stage.rows(on_its_way), "the mail with the link on its way")
    stage.restart_postgres()
    stage.until(lambda: stage.post.links(reference), "250 said")
    lease_is_over(stage)
    settle(stage)
    assert len(set(stage.post.links(reference))) == 1


def restarted_while_revealing(stage: Stage, pickups: Pickups) -> None:
    reference = stage.issued()
    browser, page = pickups.open(reference)
    answers: list[Page] = []
    _restart_under(stage, reference, lambda: answers.append(pickups.press(browser, page, reference)))
    assert answers[0].status >= 500, answers[0].status
    assert stage.state(reference) == "issued"
    pickups.until_revealed(reference)
    settle(stage)


def restarted_while_denying(stage: Stage, pickups: Pickups) -> None:
    reference = stage.issued()
    pickups.until_revealed(reference)
    start = stage.control.last_sequence()
    stage.control.add_fault("delay", operation="PutUserPolicy", seconds=2)
    stage.revoke(reference)
    stage.until(lambda: stage.control.calls(since=start, operation="GetUserPolicy"), "the revoke worker at it")
    stage.restart_postgres()
    settle(stage)


def killed(stage: Stage, _: Pickups) -> None:
    references = [stage.approved() for _ in range(10)]
    connection.close()
    stage.stack.postgres.kill()
    stage.stack.postgres.start()
    settle(stage)
    assert {stage.state(reference) for reference in references} == {"issued"}


def audit_refused(stage: Stage, pickups: Pickups) -> None:
    """No audit row, no effect: nothing is approved, minted or shown meanwhile."""
    asked, waiting, issued = stage.asked(), stage.asked(), stage.issued()
    browser, page = pickups.open(issued)
    stage.control.add_fault("delay", operation=FEDERATE, seconds=1)
    minting = stage.approve(waiting)
    stage.until_calling(minting)
    stage.refuse_audit()
    with contextlib.suppress(django.db.Error):
        stage.approve(asked)
    answer = pickups.press(browser, page, issued)
    assert answer.status >= 500, answer.status
    stage.until(lambda: stage.calls(minting, "ok"), "STS has answered")
    states = [stage.state(asked.reference), stage.state(issued), stage.state(minting)]
    assert states == ["requested", "issued", "issuing"], states
    lease_is_over(stage)
    settle(stage)
    pickups.until_revealed(issued)
    assert stage.outcomes(minting)[-1] == "minted"


def _restart_in_the_middle(stage: Stage, send: Callable[[], Page]) -> Page:
    """A POST that has done its work but for the audit row, whose place we hold; the answer it got in the end."""
    answers: list[Page] = []
    thread = Thread(target=lambda: answers.append(send()))
    with contextlib.suppress(psycopg.Error), stage.holding("grants_audithead", "id = %s", 1):
        thread.start()
        stage.until_blocked()
        stage.restart_postgres()
    thread.join(30)
    return answers[0]


def _restart_under(stage: Stage, reference: str, act: Callable[[], object]) -> None:
    """``act`` stands still in its transaction, waiting for the grant's row, while PostgreSQL restarts."""

    def attempt() -> None:
        with contextlib.suppress(django.db.Error):
            act()
        connection.close()

    thread = Thread(target=attempt)
    with contextlib.suppress(psycopg.Error), stage.holding("grants_grant", "reference = %s", reference):
        thread.start()
        stage.until_blocked()
        stage.restart_postgres()
    thread.join(30)


FAULTS: Final = (
    Fault("PostgreSQL restarted while approving", restarted_while_approving),
    Fault("PostgreSQL restarted in the middle of a form's POST", restarted_while_a_form_is_sent),
    Fault("PostgreSQL restarted while STS is called", restarted_while_minting),
    Fault("PostgreSQL restarted while mailing", restarted_while_mailing),
    Fault("PostgreSQL restarted while revealing", restarted_while_revealing),
    Fault("PostgreSQL restarted while the Deny is written", restarted_while_denying),
    Fault("PostgreSQL killed, 10 queued", killed),
    Fault("audit insert refused", audit_refused),
)
