"""A real SMTP server on loopback that keeps what it gets, and the web inbox beside it, in one process."""

import argparse
import asyncio
import hmac
import os
import signal
import smtplib
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from portal.embedded.inbox import InboxServer
from portal.embedded.letters import store
from portal.embedded.mail_faults import MailFault, trouble_now
from portal.embedded.process import Child, Command, Server
from portal.embedded.state import CHECKOUT, make_private

USER: Final = "daypass"
PASSWORD_VARIABLE: Final = "MAIL_SERVER_PASSWORD"  # noqa: S105 -- the name of a variable
START_SECONDS: Final = 20
HANG_STEP: Final = 0.2
SMTP_OK: Final = 250
ANSWERS: Final = {
    MailFault.LATER: "451 4.3.0 Not now, on request",
    MailFault.REFUSE: "550 5.7.1 Refused on request",
}


class Sink:
    """Keeps every mail in ``home``/spool, unless told to misbehave."""

    def __init__(self, home: Path) -> None:
        """``home`` is private to the mail server."""
        self._home = home
        self._spool = make_private(home / "spool")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 - aiosmtpd's signature
        """The answer after a mail's last line."""
        trouble = trouble_now(self._home)
        await asyncio.sleep(trouble.delay_ms / 1000)
        while trouble_now(self._home).fault is MailFault.HANG:  # noqa: ASYNC110  -- a file tells nobody
            await asyncio.sleep(HANG_STEP)
        if trouble.fault in ANSWERS:
            return ANSWERS[trouble.fault]
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        path = store(self._spool, content, now=datetime.now(UTC))
        print(f"{path.stem} to {', '.join(envelope.rcpt_tos)}", flush=True)
        if trouble.fault is MailFault.DROP and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return f"250 2.0.0 Ok, kept as {path.stem}"


class Line(SMTP):
    """One client. What an address says is read once: aiosmtpd takes longer for that than for the rest of a command."""

    def __init__(self, *given: Any, **named: Any) -> None:
        """As aiosmtpd's."""
        super().__init__(*given, **named)
        self._read: dict[str, tuple[str | None, str | None]] = {}

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        if arg not in self._read:
            self._read[arg] = super()._getaddr(arg)
        return self._read[arg]


def authenticator(password: str) -> Callable[..., AuthResult]:
    """One account, compared in constant time."""

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:  # noqa: ANN401, ARG001 - aiosmtpd's signature
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        right = hmac.compare_digest(data.login, USER.encode()) & hmac.compare_digest(data.password, password.encode())
        return AuthResult(success=bool(right), handled=False)

    return check


async def serve(*, home: Path, smtp_port: int, inbox_port: int, password: str, site: str) -> None:
    """Both servers, until SIGTERM."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, done.set)
    sink, check = Sink(home), authenticator(password)

    def session() -> Line:
        return Line(sink, authenticator=check, auth_required=True, auth_require_tls=False, enable_SMTPUTF8=True)

    inbox = InboxServer(home=home, port=inbox_port, site=site)
    inbox.start()
    server = await loop.create_server(session, "127.0.0.1", smtp_port)
    await done.wait()
    server.close()
    inbox.stop()


class Mail(Server):
    """The mail server's process, as seen by those who start it."""

    name = "The mail server"

    def __init__(self, *, state: Path, smtp_port: int, inbox_port: int, password: str, site: str) -> None:
        """``site`` is the address of the portal, for the inbox's link back. Nothing is started yet."""
        super().__init__()
        self.home = state / "mail"
        self._log = make_private(state / "logs") / "mail-server.log"
        self._ports = (smtp_port, inbox_port)
        self._password = password
        self._site = site

    @property
    def url(self) -> str:
        """EMAIL_URL."""
        return f"smtp://{USER}:{self._password}@127.0.0.1:{self._ports[0]}"

    @property
    def inbox_url(self) -> str:
        """The web inbox. By number, not as localhost: cookies know no ports, and the portal's are no business of it."""
        return f"http://127.0.0.1:{self._ports[1]}/"

    @property
    def spool(self) -> Path:
        """Where the mails are, one file each."""
        return self.home / "spool"

    def start(self) -> None:
        """Start it and wait until both servers answer; ServerFailedError says why not."""
        make_private(self.home)
        where = ("--home", str(self.home), "--site", self._site)
        ports = ("--smtp-port", str(self._ports[0]), "--inbox-port", str(self._ports[1]))
        self._child = Child(
            Command(
                name=self.name,
                argv=(sys.executable, "-m", "portal.embedded.mail", *where, *ports),
                environment={"PATH": os.defpath, "TZ": "UTC", PASSWORD_VARIABLE: self._password},
                directory=CHECKOUT,
                log=self._log,
            )
        )
        self.child.wait_until(self._answers, seconds=START_SECONDS)

    def _answers(self) -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", self._ports[0], timeout=2) as client:
                return client.noop()[0] == SMTP_OK
        except (OSError, smtplib.SMTPException):
            return False


def main() -> None:
    """The process itself: what it may know comes by arguments, its password by environment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--inbox-port", type=int, required=True)
    parser.add_argument("--site", required=True)
    options = parser.parse_args()
    warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")  # loopback is as far as it goes
    asyncio.run(serve(password=os.environ[PASSWORD_VARIABLE], **vars(options)))


if __name__ == "__main__":
    main()
