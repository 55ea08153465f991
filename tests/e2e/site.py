"""The running portal as the browser tests meet it: who there is, what mails came, what the database says."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from playwright.sync_api import Browser, StorageState
from psycopg.rows import dict_row

from portal.embedded.roles import DATABASE
from portal.embedded.stack import Stack
from portal.embedded.totp import STEP_SECONDS, totp_code
from tests.e2e.visitor import Visitor
from tests.people import Inbox, known_people

PATIENCE: Final = 30.0
TYPING: Final = 8.0  # seconds from reading a code to its arrival, on a busy machine


@dataclass
class Site:
    """One running stack. Whoever signed in once stays signed in: ``signed_in`` keeps their cookies by address."""

    stack: Stack
    people: dict[str, dict[str, str]] = field(init=False)
    inbox: Inbox = field(init=False)
    signed_in: dict[str, StorageState] = field(default_factory=dict)
    _shown: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.people = {person["email"].partition("@")[0]: person for person in known_people(self.stack.state)}
        self.inbox = Inbox(self.stack.mail.inbox_url)

    @property
    def base(self) -> str:
        """The portal's address."""
        return self.stack.public_url

    @property
    def endpoint_url(self) -> str:
        """AWS, as the recipient's tools find it."""
        assert self.stack.aws
        return self.stack.aws.recipient_endpoint_url

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What stands in the database."""
        with psycopg.connect(self.stack.postgres.superuser_url(DATABASE), row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall() if query.startswith("SELECT") else []

    def change(self, query: str, *values: object) -> None:
        """What no page does, such as making a superuser."""
        with psycopg.connect(self.stack.postgres.superuser_url(DATABASE)) as connection:
            connection.execute(query, values)

    def end_sessions_of(self, email: str) -> None:
        """As if half an hour had passed without use."""
        self.change(
            "UPDATE django_session SET expire_date = now() - interval '1 minute' WHERE session_key IN (SELECT"
            " s.session_row FROM grants_signin s JOIN grants_user u ON u.id = s.user_id WHERE u.email = %s)",
            email,
        )

    def state_of(self, reference: str) -> str:
        """Where a grant is."""
        return str(self.rows("SELECT state FROM grants_grant WHERE reference = %s", reference)[0]["state"])

    def wait_until(self, is_so: Callable[[], bool], what: str) -> None:
        """Until the workers have got there."""
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < deadline, f"{what} did not come about"
            time.sleep(0.1)

    def digits(self, name: str) -> str:
        """What the authenticator app shows; waits for a code that was not shown before and is not about to go."""
        step = moment_to_type(besides=self._shown.get(name, 0))
        self._shown[name] = step
        return totp_code(self.people[name]["totp_seed"], now=datetime.fromtimestamp(step * STEP_SECONDS, tz=UTC))

    def sign_in(self, visitor: Visitor, name: str) -> None:
        """Through the pages, by keyboard: a mailed code, or password and authenticator."""
        person = self.people[name]
        if person["totp_seed"]:
            self._sign_in_staff(visitor, name)
        else:
            self.sign_in_by_mail(visitor, person["email"])
        assert "/accounts/" not in visitor.page.url, visitor.words
        self.signed_in[name] = visitor.context.storage_state()

    def _sign_in_staff(self, visitor: Visitor, name: str) -> None:
        visitor.go("/accounts/login/")
        visitor.write("Email", self.people[name]["email"])
        visitor.write("Password", self.people[name]["password"])
        visitor.press("Sign in")
        visitor.write("Code", self.digits(name))
        visitor.press("Sign in")

    def sign_in_by_mail(self, visitor: Visitor, email: str) -> None:
        """As a contractor, with the code that is mailed; from the sign-in page, or wherever it was asked for."""
        known = len(self.inbox.messages(email))
        if "/accounts/login/" not in visitor.page.url:
            visitor.go("/accounts/login/")
        visitor.follow("Mail me a sign-in code")
        visitor.write("Email", email)
        visitor.press("Send the code")
        mail = self.inbox.wait_for(email, "code", known=known)
        visitor.write("Code", code_in(str(mail["text"])))
        visitor.press("Sign in")
        # Three codes in ten minutes are enough for a person, and too few for all the tests that share this stack.
        self.change("DELETE FROM daypass_cache WHERE cache_key LIKE %s", "%request_login_code%")


def moment_to_type(*, besides: int = 0) -> int:
    """The half minute that a code is typed in, with enough of it left: the portal takes none of the half minute before.

    ``besides`` is one whose code was taken already.
    """
    while (now := time.time()) // STEP_SECONDS == besides or STEP_SECONDS - now % STEP_SECONDS < TYPING:
        time.sleep(0.2)
    return int(now) // STEP_SECONDS


def code_in(text: str) -> str:
    """The sign-in code of a mail: the one line that is indented."""
    return next(line.strip() for line in text.splitlines() if line.startswith("    "))


def open_visitor(browser: Browser, site: Site, name: str = "", **options: Any) -> Visitor:
    """A browser of somebody's own; signed in when they signed in before."""
    settings: dict[str, Any] = {"locale": "en-GB", "timezone_id": "Europe/Berlin", **options}
    if name and name in site.signed_in:
        settings["storage_state"] = site.signed_in[name]
    context = browser.new_context(**settings)
    context.set_default_timeout(15_000)
    visitor = Visitor(context, site.base, site.digits)
    if name and name not in site.signed_in:
        site.sign_in(visitor, name)
    return visitor
