"""The web inbox: shows the mails the SMTP server kept, and the demo's sign-in codes. GET only, loopback only."""

import json
import threading
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs, urlsplit

from portal.embedded import inbox_pages as pages
from portal.embedded.letters import SUFFIX, messages, read

CODES: Final = "codes.json"
NEWEST: Final = 200
HEADERS: Final = (
    ("Content-Security-Policy", pages.POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)

Answer: TypeAlias = tuple[HTTPStatus, str, str]
HTML: Final = "text/html; charset=utf-8"
JSON: Final = "application/json"


class Inbox:
    """What to answer to an address."""

    def __init__(self, *, home: Path, site: str) -> None:
        """``home`` holds the spool; the seeder's codes lie beside it."""
        self._spool = home / "spool"
        self._codes = home.parent / CODES
        self._site = site

    def answer(self, target: str) -> Answer:
        """The answer to GET ``target``."""
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        to = query.get("to", [""])[0]
        if path == "/api/messages":
            found = [message.as_json() for message in messages(self._spool, to=to)]
            return HTTPStatus.OK, JSON, json.dumps(found)
        if path == "/":
            return self._page("Mails", pages.list_body(messages(self._spool, to=to, limit=NEWEST), to=to), target)
        if path == "/codes":
            return self._page("Sign-in codes", pages.codes_body(self._people(), now=datetime.now(UTC)), target)
        if path.startswith("/mail/"):
            return self._mail(path.removeprefix("/mail/"))
        return self._missing()

    def _mail(self, name: str) -> Answer:
        """A name is looked up among the files that are there, never made into a path."""
        found = next((path for path in self._spool.glob(f"*{SUFFIX}") if path.stem == name), None)
        if found is None:
            return self._missing()
        message = read(found)
        return self._page(message.subject, pages.mail_body(message), f"/mail/{name}")

    def _page(self, title: str, body: str, here: str) -> Answer:
        return HTTPStatus.OK, HTML, pages.page(title, body, here=here, site=self._site)

    def _missing(self) -> Answer:
        text = pages.page("Not here", "<p>There is no such mail.</p>", here="/", site=self._site)
        return HTTPStatus.NOT_FOUND, HTML, text

    def _people(self) -> list[dict[str, str]]:
        try:
            people: list[dict[str, str]] = json.loads(self._codes.read_text())["codes"]
        except FileNotFoundError:
            return []
        return people


def handler_for(inbox: Inbox, hosts: frozenset[str]) -> type[BaseHTTPRequestHandler]:
    """The request handler of one server."""

    class Handler(BaseHTTPRequestHandler):
        server_version = "DaypassInbox"
        sys_version = ""

        def do_GET(self) -> None:
            """Only under our own name: a foreign page may point a name of its own at 127.0.0.1 and read us."""
            if self.headers.get("Host", "") not in hosts:
                self._send((HTTPStatus.MISDIRECTED_REQUEST, "text/plain", "Unknown host name."))
                return
            self._send(inbox.answer(self.path))

        do_HEAD = do_GET  # noqa: N815 - http.server's name

        def _send(self, answer: Answer) -> None:
            status, content_type, text = answer
            body = text.encode()
            self.send_response(status)
            for name, value in (*HEADERS, ("Content-Type", content_type), ("Content-Length", str(len(body)))):
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet: a mail's address line is nobody's business."""

    return Handler


class InboxServer:
    """The inbox on its port, in threads of its own."""

    def __init__(self, *, home: Path, port: int, site: str) -> None:
        """Listens at once, answers after start()."""
        hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler_for(Inbox(home=home, site=site), hosts))

    def start(self) -> None:
        """Answer from now on."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
