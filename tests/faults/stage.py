"""Where the faults happen: a whole stack, and people who ask, approve, revoke and pick up on it."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from django.db import connection
from django.utils import timezone
from psycopg.rows import dict_row

from grants.flows.approve import approve_grant
from grants.flows.request import request_grant
from grants.flows.revoke import revoke_grant
from grants.models import Grant, GrantTemplate, User
from portal.embedded.aws import AwsControl
from portal.embedded.mail_faults import MailFault, MailTrouble, clear_trouble, set_trouble
from portal.embedded.programs import PROGRAMS
from portal.embedded.roles import DATABASE
from portal.embedded.stack import Stack
from tests.faults.post import Post

FEDERATE: Final = "GetFederationToken"
REASON: Final = "Deliver the November robot logs."
WORKERS: Final = ("issue", "revoke", "mail")
BLOCKED: Final = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND starts_with(usename, 'daypass')"


class Stage:
    """One running stack. Processes are started and ended here alone, from the main thread, each by its own id."""

    def __init__(self, stack: Stack) -> None:
        """The demo's people are seeded already."""
        self.stack = stack
        self.post = Post(stack.mail.spool)
        self.carol = User.objects.get(email="carol@acme.example")
        self.bob = User.objects.get(email="bob@daypass.example")
        self.bea = User.objects.get(email="bea@daypass.example")
        self.template = GrantTemplate.objects.get(slug="acme-drop-read-and-write")
        self.codes: dict[str, str] = {}
        self.secrets: dict[str, str] = {}
        self._frozen: set[int] = set()

    @property
    def control(self) -> AwsControl:
        """The AWS double's faults and records."""
        if self.stack.aws is None:
            raise RuntimeError("AWS is not started")
        return self.stack.aws.control

    # --- what people do -------------------------------------------------------------------------------------------

    def asked(self) -> Grant:
        """Carol asks for an hour; her pickup code is kept for later."""
        requested = request_grant(
            by=self.carol,
            template_id=self.template.pk,
            seconds=3600,
            reason=REASON,
            ticket="OPS-42",
            now=timezone.now(),
        )
        self.codes[requested.grant.reference] = requested.code_plaintext or ""
        return requested.grant

    def approve(self, grant: Grant, *, by: User | None = None) -> str:
        """Bob signs; the grant's reference."""
        now, hash_ = timezone.now(), grant.snapshot_hash
        approve_grant(reference=grant.reference, by=by or self.bob, snapshot_hash=hash_, now=now)
        return grant.reference

    def approved(self) -> str:
        """Carol asks, bob signs: from here on the workers are at it."""
        return self.approve(self.asked())

    def issued(self) -> str:
        """And its link is in carol's inbox."""
        reference = self.approved()
        self.until(lambda: self.post.link_of(reference) != "", f"the link of {reference}")
        return reference

    def revoke(self, reference: str) -> None:
        """Bob takes it back."""
        revoke_grant(reference=reference, by=self.bob, reason="Stop.", now=timezone.now())

    # --- what is seen ---------------------------------------------------------------------------------------------

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What stands in the database, whoever may see it; a change says RETURNING."""
        with self.superuser() as db:
            return db.execute(query.encode(), values).fetchall()

    @contextmanager
    def superuser(self) -> "Iterator[psycopg.Connection[dict[str, Any]]]":
        """A connection that no privilege stops; what it did is committed at the end."""
        url = self.stack.postgres.superuser_url(DATABASE)
        with psycopg.connect(url, row_factory=dict_row, connect_timeout=5) as db:
            yield db

    def state(self, reference: str) -> str:
        """Where a grant is."""
        return str(self.rows("SELECT state FROM grants_grant WHERE reference = %s", reference)[0]["state"])

    def outcomes(self, reference: str) -> list[str]:
        """What became of each of its attempts."""
        query = "SELECT outcome FROM grants_issueattempt a JOIN grants_grant g ON g.id = a.grant_id"
        return [row["outcome"] for row in self.rows(f"{query} WHERE reference = %s ORDER BY number", reference)]

    def calls(self, reference: str, outcome: str = "") -> list[dict[str, Any]]:
        """What STS was asked about it; of one outcome if named."""
        calls = self.control.calls(operation=FEDERATE)
        mine = [call for call in calls if call["parameters"]["Name"].startswith(f"dp-{reference}-")]
        return [call for call in mine if outcome in ("", call["outcome"])]

    def until(self, holds: Callable[[], object], what: str, *, seconds: float = 25) -> None:
        """Wait until it holds; AssertionError says what did not."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(f"after {seconds:.0f} s: not {what}")
            time.sleep(0.03)

    def until_calling(self, reference: str) -> None:
        """The first commit is made, and STS has the call: it has met the fault that waited for it."""
        self.until(lambda: "pending" in self.outcomes(reference), f"{reference} being issued")
        self.until(lambda: all(fault["times"] != 1 for fault in self.control.faults()), "STS called")

    def until_blocked(self) -> None:
        """Somebody waits for a row that we hold."""
        self.until(lambda: self.rows(BLOCKED), "somebody waiting for our lock")

    # --- what is broken -------------------------------------------------------------------------------------------

    @contextmanager
    def holding(self, table: str, where: str, *values: object) -> Iterator[None]:
        """Hold rows, so that whoever is about to commit a change of them stands still there."""
        with self.superuser() as db:
            db.execute(f"SELECT 1 FROM {table} WHERE {where} FOR UPDATE".encode(), values)  # noqa: S608 - our own words
            yield
            db.rollback()

    def kill(self, *processes: str) -> None:
        """By kill -9."""
        for process in processes:
            self.stack.children[process].kill()

    def kill_blocked(self, process: str) -> None:
        """By kill -9, before the commit that waits for our lock.

        What PostgreSQL has been told as one statement it would finish for the dead, so that ends as well.
        """
        self.kill(process)
        self.rows(f"SELECT pg_terminate_backend(pid) FROM ({BLOCKED}) AS blocked")  # noqa: S608 - our own words
        self.until(lambda: not self.rows(BLOCKED), "nobody waiting any more")

    def start_again(self, process: str) -> None:
        """One that was killed, and not waited for."""
        self.stack.start_program(next(program for program in PROGRAMS if program.process == process))

    def freeze(self, pid: int) -> None:
        """By SIGSTOP, until healed."""
        self._frozen.add(pid)
        os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """What was frozen goes on."""
        for pid in self._frozen:
            os.kill(pid, signal.SIGCONT)
        self._frozen.clear()

    def restart_postgres(self) -> None:
        """Every session ends, ours too."""
        connection.close()
        self.stack.postgres.stop()
        self.stack.postgres.start()

    def trouble_mail(self, fault: MailFault = MailFault.NONE, *, delay_ms: int = 0) -> None:
        """The mail server misbehaves until healed."""
        set_trouble(self.stack.mail.home, MailTrouble(fault=fault, delay_ms=delay_ms))

    def refuse_audit(self) -> None:
        """No audit row is taken until healed."""
        with self.superuser() as db:
            db.execute(
                b"CREATE FUNCTION faults_refuse() RETURNS trigger LANGUAGE plpgsql AS"
                b" $$ BEGIN RAISE EXCEPTION 'refused on request'; END $$;"
                b"CREATE TRIGGER faults_refuse BEFORE INSERT ON grants_auditevent EXECUTE FUNCTION faults_refuse()"
            )

    def heal(self) -> None:
        """Everything runs, and nothing is broken any more."""
        self.thaw()
        clear_trouble(self.stack.mail.home)
        self.stack.start_what_ended()
        self.control.clear_faults()
        with self.superuser() as db:
            db.execute(b"DROP FUNCTION IF EXISTS faults_refuse() CASCADE")
