"""The demo's company at work: people at their browsers, real workers behind the pages, real servers behind those."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import psycopg
import redis
from psycopg.rows import dict_row

from portal.celery import app
from portal.embedded.aws import AwsControl
from portal.embedded.mail_faults import MailTrouble, clear_trouble, set_trouble
from portal.embedded.roles import DATABASE
from portal.embedded.stack import Stack
from tests.browser import Browser, Page
from tests.people import Inbox, known_people, link_in, sign_in_contractor, sign_in_staff

TEMPLATE: Final = "/requests/new/acme-drop-read-and-write/"
REASON: Final = "Deliver the November robot logs."
PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was sent, and the pickup code its page showed."""

    reference: str
    code: str


class Company:
    """Carol asks, bob approves; whoever waits, waits for the database to say so."""

    def __init__(self, stack: Stack) -> None:
        """Everybody signs in."""
        if stack.aws is None:
            raise RuntimeError("the stack is not started")
        self.stack, self.base = stack, stack.public_url
        self.control: AwsControl = stack.aws.control
        self.inbox = Inbox(stack.mail.inbox_url)
        people = {person["email"]: person for person in known_people(stack.state)}
        self.carol_email = "carol@acme.example"
        self.forget_limits()
        self.carol, _ = sign_in_contractor(self.base, self.carol_email, self.inbox)
        self.bob = sign_in_staff(self.base, people["bob@daypass.example"])
        self._browsers = [self.carol, self.bob]

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What stands in the database; also what a statement that changes it returns."""
        url = self.stack.postgres.superuser_url(DATABASE)
        with psycopg.connect(url, row_factory=dict_row) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def forget_limits(self) -> None:
        """Sign-ins of other tests on this stack use up codes and limits, which are for one person in ten minutes."""
        self.rows("DELETE FROM daypass_cache RETURNING cache_key")

    def grant(self, reference: str) -> dict[str, Any]:
        """A grant's row."""
        return self.rows("SELECT * FROM grants_grant WHERE reference = %s", reference)[0]

    def attempts(self, reference: str) -> list[dict[str, Any]]:
        """Its attempts, in order."""
        query = "SELECT a.* FROM grants_issueattempt a JOIN grants_grant g ON g.id = a.grant_id WHERE g.reference = %s"
        return self.rows(f"{query} ORDER BY number", reference)

    def link_mail(self, reference: str) -> dict[str, Any]:
        """The outbox's row for the mail with its link."""
        query = "SELECT m.* FROM grants_outboxmail m JOIN grants_grant g ON g.id = m.grant_id WHERE g.reference = %s"
        found = self.rows(f"{query} AND event = 'link_ready' ORDER BY m.created_at DESC", reference)
        return found[0] if found else {"state": "", "last_error": "", "tries": 0}

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until it holds; AssertionError says what did not."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(f"after {PATIENCE:.0f} s: not {what}")
            time.sleep(0.1)

    def until_state(self, reference: str, *states: str) -> None:
        """Wait until a grant has come to one of these states."""
        self.until(lambda: self.grant(reference)["state"] in states, f"{reference} {' or '.join(states)}")

    def ask(self) -> Asked:
        """Carol fills in the form and sends it."""
        page = self.carol.submit(self.carol.get(TEMPLATE), action="check", hours="1", reason=REASON, ticket="OPS-42")
        page = self.carol.submit(page, action="send").expect("pickup code")
        code, reference = page.soup.find(id="pickup-code"), page.soup.find(class_="ref")
        assert code
        assert reference
        return Asked(reference.get_text(strip=True), re.sub(r"\W", "", code.get_text()))

    def approve(self, reference: str) -> Page:
        """Bob reads the card and signs it."""
        return self.bob.submit(self.bob.get(f"/approvals/{reference}/"), action="approve")

    def approved(self) -> Asked:
        """Carol asks, bob approves."""
        asked = self.ask()
        self.approve(asked.reference)
        return asked

    def status(self, reference: str) -> Page:
        """What carol sees of her request."""
        return self.carol.get(f"/requests/{reference}/")

    def mails_with_link(self, reference: str) -> list[str]:
        """The path of the link in every mail about a grant that the mail server has kept, newest first."""
        mails = [mail for mail in self.inbox.messages(self.carol_email) if reference in mail["text"]]
        return [link_in(mail) for mail in mails if "/pickup/open/" in mail["text"]]

    def link_of(self, reference: str) -> str:
        """The path of its link, once it is mailed."""
        self.until(lambda: bool(self.mails_with_link(reference)), f"the link of {reference} in carol's inbox")
        return self.mails_with_link(reference)[0]

    def reveal(self, asked: Asked) -> Page:
        """Carol opens her link in a browser of its own and gives the code."""
        recipient = self.browser()
        return recipient.submit(recipient.get(self.link_of(asked.reference)), code=asked.code)

    def browser(self) -> Browser:
        """A fresh browser, closed with the others."""
        self._browsers.append(Browser(self.base))
        return self._browsers[-1]

    def close(self) -> None:
        """Every browser's connections."""
        for browser in self._browsers:
            browser._client.close()

    def ring(self, task: str, *arguments: str) -> None:
        """Publish a task, as anybody could who may write to the broker."""
        with app.connection_for_write(self.stack.valkey.url) as broker:
            app.send_task(task, args=list(arguments), connection=broker)

    def waiting(self, queue: str) -> int:
        """How many tasks lie in a queue."""
        with redis.Redis.from_url(self.stack.valkey.url) as broker:
            return int(broker.llen(queue))

    def hurry(self) -> None:
        """What waits for its time is due now; the sweepers ring for it."""
        self.rows("UPDATE grants_grant SET due_at = now() WHERE state = 'approved' RETURNING 1")
        self.rows("UPDATE grants_outboxmail SET due_at = now() WHERE state = 'queued' RETURNING 1")
        self.ring("grants.sweep_issue")
        self.ring("grants.sweep_mail")

    def calls_for(self, reference: str) -> list[dict[str, Any]]:
        """What STS was asked about a grant."""
        calls = self.control.calls(operation="GetFederationToken")
        return [call for call in calls if call["parameters"]["Name"].startswith(f"dp-{reference}-")]

    def trouble_mail(self, trouble: MailTrouble) -> None:
        """The mail server misbehaves from now on."""
        set_trouble(self.stack.mail.home, trouble)

    def heal(self) -> None:
        """Mail and AWS are well again."""
        clear_trouble(self.stack.mail.home)
        self.control.clear_faults()
