"""Sending a letter to real servers on loopback, willing and unwilling ones."""

import email
import email.policy
import logging
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from time import monotonic

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django.fixtures import Settings

from grants.errors import MailError
from grants.gateways.mailer import (
    LetterRefusedError,
    MailLoginError,
    MailRejectedError,
    MailUnreachableError,
    send_letter,
)
from grants.values import Letter

LINK = "https://daypass.example/pickup/open/canary-token-canary-token-canary-token-1234/"
LETTER = Letter(
    to="carol@acme.example",
    subject="Your access is ready: für Größe",
    text=f"Open this link:\n\n{LINK}\n",
    html=f'<p>Open <a href="{LINK}">this link</a>.</p>',
    message_id="<6f1c7a52-5e1e-4d55-8f44-6d9f4f6d2f11@daypass.example>",
)


@dataclass
class Postbox:
    """A willing server, but for what ``answers`` says at RCPT and DATA."""

    answers: dict[str, str] = field(default_factory=dict)
    mails: list[Envelope] = field(default_factory=list)

    async def handle_MAIL(self, _: SMTP, __: Session, envelope: Envelope, address: str, *___: object) -> str:  # noqa: N802 - aiosmtpd's name
        if "MAIL" not in self.answers:
            envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, *___: object) -> str:  # noqa: N802 - aiosmtpd's name
        if "RCPT" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if "DATA" not in self.answers:
            self.mails.append(envelope)
        return self.answers.get("DATA", "250 OK")


@pytest.fixture
def mail_settings(settings: Settings) -> Settings:
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 1
    settings.DEFAULT_FROM_EMAIL = "Daypass <no-reply@daypass.example>"
    return settings


@pytest.fixture
def postbox(mail_settings: Settings) -> Iterator[Postbox]:
    box = Postbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        mail_settings.EMAIL_PORT = probe.getsockname()[1]
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    controller = Controller(box, hostname="127.0.0.1", port=mail_settings.EMAIL_PORT)
    controller.start()
    yield box
    controller.stop()


@contextmanager
def odd_server(settings: Settings, talk: Callable[[socket.socket], None]) -> Iterator[None]:
    """A server that does what ``talk`` does with each connection."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            talk(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        settings.EMAIL_PORT = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def script(*answers: str) -> Callable[[socket.socket], None]:
    """Says each line in turn, the first unasked, and hangs up; a client that talks too long is listened to."""

    def talk(connection: socket.socket) -> None:
        for line in answers:
            connection.sendall(line.encode() + b"\r\n")
            connection.recv(65_536)

    return talk


def refusal(letter: Letter = LETTER) -> MailError:
    with pytest.raises(MailError) as refused:
        send_letter(letter)
    assert "canary" not in str(refused.value)
    assert refused.value.__context__ is None
    return refused.value


def received(postbox: Postbox, place: int = 0) -> EmailMessage:
    content = postbox.mails[place].content
    assert isinstance(content, bytes)
    return email.message_from_bytes(content, policy=email.policy.default)


def test_a_letter_arrives_with_its_text_first_and_its_html_beside_it(postbox: Postbox) -> None:
    assert send_letter(LETTER) == "accepted"
    mail = received(postbox)
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert LINK in text.get_content()
    assert LINK in html.get_content()


def test_its_headers_name_it_and_ask_for_no_automatic_reply(postbox: Postbox) -> None:
    send_letter(LETTER)
    mail = received(postbox)
    assert mail["Message-ID"] == LETTER.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == LETTER.subject
    assert mail["From"] == "Daypass <no-reply@daypass.example>"
    assert (mail["To"], postbox.mails[0].rcpt_tos) == (LETTER.to, [LETTER.to])
    assert "Bcc" not in mail


def test_sent_again_it_has_the_same_message_id(postbox: Postbox) -> None:
    send_letter(LETTER)
    send_letter(LETTER)
    assert [received(postbox, place)["Message-ID"] for place in (0, 1)] == [LETTER.message_id] * 2


INJECTIONS = [
    {"to": "carol@acme.example\nBcc: mallory@evil.example"},  # another recipient by header
    {"to": "carol@acme.example\r\nRCPT TO:<mallory@evil.example>"},  # by command
    {"to": "carol@acme.example, mallory@evil.example"},  # by list
    {"to": "Carol <carol@acme.example>"},  # a display name that could say anything
    {"to": ""},  # nobody
    {"to": "carol"},  # nowhere
    {"to": "carol@acme.example\0"},  # NUL
    {"subject": "Hi\nBcc: mallory@evil.example"},  # another header
    {"subject": "Hi\r\n\r\n<script>"},  # another body
    {"subject": "Hi\u2028there"},  # a line break by another name
    {"subject": "Hi \u202eelpmaxe"},  # right-to-left
    {"subject": "Hi\0"},  # NUL
    {"subject": " "},  # nothing
    {"message_id": "6f1c7a52"},  # not one
    {"message_id": "<a@b>\nBcc: mallory@evil.example"},  # another header
    {"message_id": ""},  # nothing
]


@pytest.mark.parametrize("change", INJECTIONS)
def test_what_would_write_another_header_is_never_sent(postbox: Postbox, change: dict[str, str]) -> None:
    refused = refusal(replace(LETTER, **change))
    assert type(refused) is LetterRefusedError
    assert not refused.retryable
    assert postbox.mails == []


SAYINGS = [
    # at, what the server says, what is made of it, what is kept for the record
    ("RCPT", "550 5.1.1 no such user", MailRejectedError, "550 5.1.1"),  # wrong address
    ("RCPT", "450 4.2.0 greylisted, come back", MailError, "450 4.2.0"),  # later
    ("RCPT", "452 mailbox full", MailError, "452"),  # later
    ("MAIL", "553 5.7.1 sender not allowed", MailRejectedError, "553 5.7.1"),  # never
    ("MAIL", "451 4.7.1 slow down", MailError, "451 4.7.1"),  # later
    ("DATA", f"554 5.7.1 we do not like {LINK}", MailRejectedError, "554 5.7.1"),  # never; quotes the link
    ("DATA", "421 4.3.2 shutting down", MailError, "421 4.3.2"),  # later
]


@pytest.mark.parametrize(("at", "saying", "kind", "detail"), SAYINGS)
def test_never_and_later_are_told_apart(
    postbox: Postbox, at: str, saying: str, kind: type[MailError], detail: str
) -> None:
    postbox.answers[at] = saying
    refused = refusal()
    assert type(refused) is kind
    assert refused.retryable is (kind is MailError)
    assert refused.detail == detail


def test_a_greeting_that_refuses_everybody_says_nothing_about_the_letter(mail_settings: Settings) -> None:
    with odd_server(mail_settings, script("554 5.3.2 go away")):
        refused = refusal()
    assert type(refused) is MailLoginError
    assert refused.retryable


def test_a_refused_login_is_tried_again(mail_settings: Settings) -> None:
    mail_settings.EMAIL_HOST_USER, mail_settings.EMAIL_HOST_PASSWORD = "daypass", "canary"
    with odd_server(
        mail_settings, script("220 hello", "250-hello\r\n250 AUTH PLAIN", "535 5.7.8 wrong password", "221 x")
    ):
        refused = refusal()
    assert type(refused) is MailLoginError
    assert refused.retryable


def test_a_login_that_nobody_offers_is_not_made(mail_settings: Settings, postbox: Postbox) -> None:
    mail_settings.EMAIL_HOST_USER, mail_settings.EMAIL_HOST_PASSWORD = "daypass", "canary"
    assert type(refusal()) is MailLoginError
    assert postbox.mails == []


def test_where_nobody_listens_the_letter_waits(mail_settings: Settings) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        mail_settings.EMAIL_PORT = nobody.getsockname()[1]
        refused = refusal()
    assert type(refused) is MailUnreachableError
    assert refused.retryable


def test_a_server_that_hangs_is_left_after_the_timeout(mail_settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mail_settings.EMAIL_PORT = silent.getsockname()[1]
        began = monotonic()
        refused = refusal()
    assert monotonic() - began < 3
    assert type(refused) is MailUnreachableError


def test_a_connection_dropped_after_the_last_byte_is_no_acceptance(mail_settings: Settings) -> None:
    with odd_server(mail_settings, script("220 hello", "250 hello", "250 sender", "250 recipient", "354 go on")):
        refused = refusal()
    assert type(refused) is MailUnreachableError
    assert refused.retryable


def test_a_connection_dropped_after_the_250_is_an_acceptance(mail_settings: Settings) -> None:
    polite = ("220 hello", "250 hello", "250 sender", "250 recipient", "354 go on", "250 taken")
    for goodbye in ((), ("x" * 20_000,), ("554 no goodbye",)):
        with odd_server(mail_settings, script(*polite, *goodbye)):
            assert send_letter(LETTER) == "accepted"


def test_a_server_that_speaks_no_smtp_is_unreachable(mail_settings: Settings) -> None:
    with odd_server(mail_settings, script("HTTP/1.1 400 Bad Request")):
        assert refusal().retryable
