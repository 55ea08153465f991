"""Workers killed at the worst moment, stopped in the middle of a call, rung too often; beats too many or none."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final
from uuid import uuid4

from celery import current_app

from portal.embedded.mail_faults import MailFault
from portal.embedded.process import Child
from portal.embedded.programs import PROGRAMS, command_of
from tests.faults.fault import Fault
from tests.faults.pickup import Pickups
from tests.faults.settling import hurry, lease_is_over, settle
from tests.faults.stage import FEDERATE, WORKERS, Stage


def killed_after_the_first_commit(stage: Stage, _: Pickups) -> None:
    stage.control.add_fault("delay", operation=FEDERATE, seconds=2)
    reference = stage.approved()
    stage.until_calling(reference)
    stage.kill("issue")
    stage.until(lambda: stage.calls(reference, "ok"), "STS minted for nobody")
    lease_is_over(stage)
    settle(stage)
    assert stage.outcomes(reference) == ["unknown", "minted"]


@contextmanager
def answered_but_not_written(stage: Stage) -> Iterator[str]:
    """STS has answered for a grant, and the worker's statement waits for its row."""
    stage.control.add_fault("delay", operation=FEDERATE, seconds=1)
    reference = stage.approved()
    stage.until_calling(reference)
    with stage.holding("grants_grant", "reference = %s", reference):
        stage.until(lambda: stage.calls(reference, "ok"), "STS has answered")
        stage.until_blocked()
        yield reference


def killed_before_the_second_commit(stage: Stage, _: Pickups) -> None:
    with answered_but_not_written(stage) as reference:
        stage.kill_blocked("issue")
    lease_is_over(stage)
    settle(stage)
    assert stage.outcomes(reference) == ["unknown", "minted"]


def killed_when_the_second_commit_was_asked_for(stage: Stage, _: Pickups) -> None:
    """PostgreSQL finishes for the dead what it was told as one statement: nothing is minted a second time."""
    with answered_but_not_written(stage) as reference:
        stage.kill("issue")
    stage.until(lambda: stage.state(reference) == "issued", "what was asked for is written")
    settle(stage)
    assert stage.outcomes(reference) == ["minted"]
    assert len(stage.post.links(reference)) == 1


def killed_between_250_and_the_commit(stage: Stage, _: Pickups) -> None:
    stage.trouble_mail(delay_ms=1000)
    reference = stage.approved()
    claimed = "SELECT m.id FROM grants_outboxmail m WHERE event = 'link_ready' AND tries = 1 AND state = 'queued'"
    stage.until(lambda: stage.rows(claimed), "the mail with the link on its way")
    with stage.holding("grants_outboxmail", "id = %s", stage.rows(claimed)[0]["id"]):
        stage.until(lambda: stage.post.links(reference), "250 said")
        stage.until_blocked()
        stage.kill_blocked("mail")
    lease_is_over(stage)
    settle(stage)
    first, second = stage.post.links(reference)
    assert first == second


def killed_before_the_deny_is_confirmed(stage: Stage, pickups: Pickups) -> None:
    reference = stage.issued()
    pickups.until_revealed(reference)
    stage.control.add_fault("delay", operation="PutUserPolicy", seconds=1)
    stage.revoke(reference)
    with stage.holding("grants_denial", "userid LIKE %s", f"%:dp-{reference}-1"):
        stage.until_blocked()
        stage.kill_blocked("revoke")
    settle(stage)


def all_workers_killed(stage: Stage, _: Pickups) -> None:
    stage.control.add_fault("delay", operation=FEDERATE, times=4, seconds=5)
    references = [stage.approved() for _ in range(10)]
    stage.until_calling(references[0])
    stage.kill(*WORKERS)
    lease_is_over(stage)
    settle(stage)
    assert {stage.state(reference) for reference in references} == {"issued"}


def web_killed(stage: Stage, pickups: Pickups) -> None:
    reference = stage.issued()
    browser, page = pickups.open(reference)
    stage.kill("web")
    settle(stage)
    pickups.press(browser, page, reference)
    assert stage.state(reference) == "revealed"


def sigterm_in_the_middle_of_sts(stage: Stage, _: Pickups) -> None:
    stage.control.add_fault("delay", operation=FEDERATE, seconds=3)
    reference = stage.approved()
    stage.until_calling(reference)
    worker = stage.stack.children["issue"]
    worker.ask_to_stop()
    stage.until(lambda: worker.exit_status is not None, "the worker has ended by itself")
    assert stage.outcomes(reference) == ["minted"]
    settle(stage)


def rung_fifty_times_out_of_order(stage: Stage, pickups: Pickups) -> None:
    """Old grants' doorbells too, and some for rows that never were."""
    revealed = stage.issued()
    pickups.until_revealed(revealed)
    references = [revealed, *(stage.approved() for _ in range(3))]
    ids = stage.rows("SELECT id, issuer_id FROM grants_grant WHERE reference = ANY(%s)", references)
    mails = stage.rows("SELECT m.id FROM grants_outboxmail m JOIN grants_grant g ON g.id = m.grant_id LIMIT 40")
    bells = [("grants.issue", row["id"]) for row in ids] + [("grants.revoke", row["issuer_id"]) for row in ids]
    bells += [("grants.deliver", row["id"]) for row in mails]
    bells += [(task, uuid4()) for task in ("grants.issue", "grants.deliver")]
    bells *= 50 // 4
    random.Random(4).shuffle(bells)
    for task, row in bells:
        current_app.send_task(task, args=[str(row)])
    settle(stage)
    assert all(stage.outcomes(reference) == ["minted"] for reference in references)
    assert all(len(stage.post.links(reference)) == 1 for reference in references)


def stalled_beyond_its_lease(stage: Stage, _: Pickups) -> None:
    """It comes back after another worker has given it up and done its work: its own answer is thrown away."""
    stage.control.add_fault("delay", operation=FEDERATE, seconds=1)
    reference = stage.approved()
    stage.until_calling(reference)
    stage.freeze(stage.stack.children["issue"].pid)
    with another(stage, "issue"):
        stage.until(lambda: stage.calls(reference, "ok"), "STS has answered")
        lease_is_over(stage)
        hurry(stage)
        stage.until(lambda: stage.outcomes(reference) == ["unknown", "minted"], "done by the other worker")
        stage.thaw()
        settle(stage)
    assert stage.outcomes(reference) == ["unknown", "minted"]
    assert len(stage.post.links(reference)) == 1


def too_late_for_its_approval(stage: Stage, _: Pickups) -> None:
    """The doorbell lay in the queue until the approval had run out."""
    stage.freeze(stage.stack.children["issue"].pid)
    reference = stage.approved()
    with stage.superuser() as db:
        db.execute(b"SET session_replication_role = replica")
        db.execute(
            b"UPDATE grants_decision SET valid_until = decided_at"
            b" FROM grants_grant g WHERE g.id = grant_id AND g.reference = %s",
            [reference],
        )
    stage.thaw()
    stage.until(lambda: stage.state(reference) == "failed", "refused")
    assert stage.outcomes(reference) == []
    assert stage.calls(reference) == []


def killed_and_nobody_helps(stage: Stage, _: Pickups) -> None:
    """Leases and sweeps as they are: from approval to the accepted mail in two minutes at most."""
    stage.control.add_fault("delay", operation=FEDERATE, seconds=2)
    started, reference = time.monotonic(), stage.approved()
    stage.until_calling(reference)
    stage.kill("issue")
    stage.start_again("issue")
    stage.until(lambda: stage.post.links(reference), "mailed", seconds=120)
    print(f"    approval to accepted mail: {time.monotonic() - started:.0f} s")


@contextmanager
def another(stage: Stage, process: str) -> Iterator[Child]:
    """A second process of a kind, ended again."""
    program = next(program for program in PROGRAMS if program.process == process)
    command = command_of(program, environment=stage.stack.environment(process), port=0, logs=stage.stack.logs)
    child = Child(replace(command, log=stage.stack.logs / f"{process}-2.log"))
    try:
        child.wait_until(lambda: program.ready in child.output(), seconds=30)
        yield child
    finally:
        child.stop()


def two_beats(stage: Stage, _: Pickups) -> None:
    with another(stage, "beat"):
        references = [stage.approved() for _ in range(5)]
        time.sleep(2)
        settle(stage)
    assert all(stage.outcomes(reference) == ["minted"] for reference in references)


def no_beat(stage: Stage, _: Pickups) -> None:
    """Doorbells do without; what no bell was rung for waits until there is a beat again."""
    stage.kill("beat")
    rung = stage.approved()
    stage.until(lambda: stage.state(rung) == "issued", "issued without a beat")
    stage.trouble_mail(MailFault.LATER)
    stage.stack.valkey.kill()
    unheard = stage.approved()
    stage.stack.valkey.start()
    time.sleep(1)
    assert stage.state(unheard) == "approved"
    stage.heal()
    stage.until(lambda: stage.state(unheard) == "issued", "issued by the sweeper")


FAULTS: Final = (
    Fault("kill -9 issue worker after the first commit", killed_after_the_first_commit),
    Fault("kill -9 between STS's answer and the commit", killed_before_the_second_commit),
    Fault("kill -9 while the second commit waits", killed_when_the_second_commit_was_asked_for),
    Fault("kill -9 between the mail server's 250 and the commit", killed_between_250_and_the_commit),
    Fault("kill -9 revoke worker before the Deny is confirmed", killed_before_the_deny_is_confirmed),
    Fault("kill -9 all workers, 10 queued", all_workers_killed),
    Fault("kill -9 web before the POST", web_killed),
    Fault("SIGTERM in the middle of STS", sigterm_in_the_middle_of_sts),
    Fault("the same tasks 50 times, out of order", rung_fifty_times_out_of_order),
    Fault("issue worker stalled beyond its lease", stalled_beyond_its_lease),
    Fault("a doorbell after the approval ran out", too_late_for_its_approval),
    Fault("two beats", two_beats),
    Fault("no beat, and a lost doorbell", no_beat),
    Fault("kill -9, with leases and sweeps as they are", killed_and_nobody_helps),
)
