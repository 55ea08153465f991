"""The SMTP server that keeps what it gets, and misbehaves on request."""

import base64
import smtplib
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from portal.embedded.letters import messages
from portal.embedded.mail import Mail
from portal.embedded.mail_faults import MailFault, MailTrouble, clear_trouble, set_trouble
from portal.embedded.ports import any_free
from tests.embedded.processes import eventually


@pytest.fixture(scope="module")
def running(shared_state: Path) -> Iterator[Mail]:
    server = Mail(
        state=shared_state,
        smtp_port=any_free(),
        inbox_port=any_free(),
        password="rhubarb-and-custard",
        site="http://localhost:8000",
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture
def mail(running: Mail) -> Iterator[Mail]:
    yield running
    clear_trouble(running.home)


def letter(to: str, subject: str = "Your link", text: str = "Grüße, Carol") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Daypass <no-reply@localhost>", to, subject
    message.set_content(text)
    message.add_alternative(f"<p>{text}</p>", subtype="html")
    return message


def client_of(mail: Mail, *, seconds: float = 5) -> smtplib.SMTP:
    url = urlsplit(mail.url)
    client = smtplib.SMTP(url.hostname or "", url.port or 0, timeout=seconds)
    client.login(url.username or "", url.password or "")
    return client


def send(mail: Mail, message: EmailMessage) -> None:
    with client_of(mail) as client:
        client.send_message(message)


def test_a_mail_is_kept_as_it_came_and_read_back(mail: Mail) -> None:
    send(mail, letter("Carol Chen <Carol@acme.example>"))
    found = messages(mail.spool, to="carol@ACME.example")[0]
    assert (found.subject, found.text.strip()) == ("Your link", "Grüße, Carol")
    assert "<p>Grüße, Carol</p>" in found.html
    assert b"Subject: Your link" in found.path.read_bytes()


def test_the_newest_comes_first_and_other_peoples_mail_is_left_out(mail: Mail) -> None:
    for subject in ("one", "two"):
        send(mail, letter("newest@acme.example", subject))
    send(mail, letter("other@acme.example", "three"))
    assert [found.subject for found in messages(mail.spool, to="newest@acme.example")] == ["two", "one"]


def test_a_mail_whose_words_are_not_utf8_is_shown_all_the_same(mail: Mail) -> None:
    with client_of(mail) as client:
        client.sendmail("a@localhost", ["odd@acme.example"], b"To: odd@acme.example\r\nSubject: odd\r\n\r\n\xff\xfe")
    assert messages(mail.spool, to="odd@acme.example")[0].subject == "odd"


def test_without_signing_in_it_takes_nothing(mail: Mail) -> None:
    url = urlsplit(mail.url)
    client = smtplib.SMTP(url.hostname or "", url.port or 0, timeout=5)
    with client, pytest.raises(smtplib.SMTPSenderRefused):
        client.send_message(letter("nobody@acme.example"))
    assert not messages(mail.spool, to="nobody@acme.example")


@pytest.mark.parametrize(
    ("user", "password"), [("daypass", "wrong"), ("root", "rhubarb-and-custard"), ("daypass", "é"), ("", "")]
)
def test_a_wrong_password_is_refused(mail: Mail, user: str, password: str) -> None:
    url = urlsplit(mail.url)
    token = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    with smtplib.SMTP(url.hostname or "", url.port or 0, timeout=5) as client:
        client.ehlo()
        assert client.docmd("AUTH", f"PLAIN {token}")[0] == 535


@pytest.mark.parametrize(("fault", "code"), [(MailFault.LATER, 451), (MailFault.REFUSE, 550)])
def test_on_request_it_refuses_for_now_or_for_good(mail: Mail, fault: MailFault, code: int) -> None:
    set_trouble(mail.home, MailTrouble(fault))
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        send(mail, letter(f"{fault}@acme.example"))
    assert refusal.value.smtp_code == code
    assert not messages(mail.spool, to=f"{fault}@acme.example")


def test_on_request_it_keeps_the_mail_and_cuts_the_line_before_saying_so(mail: Mail) -> None:
    set_trouble(mail.home, MailTrouble(MailFault.DROP))
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(mail, letter("drop@acme.example"))
    assert len(messages(mail.spool, to="drop@acme.example")) == 1


def test_on_request_it_hangs_until_the_request_is_withdrawn(mail: Mail) -> None:
    set_trouble(mail.home, MailTrouble(MailFault.HANG))
    sender = threading.Thread(target=send, args=(mail, letter("hang@acme.example")))
    sender.start()
    sender.join(timeout=0.5)
    assert sender.is_alive()
    clear_trouble(mail.home)
    sender.join(timeout=5)
    assert eventually(lambda: len(messages(mail.spool, to="hang@acme.example")) == 1)


def test_on_request_it_takes_its_time(mail: Mail) -> None:
    set_trouble(mail.home, MailTrouble(delay_ms=300))
    started = time.monotonic()
    send(mail, letter("slow@acme.example"))
    assert time.monotonic() - started >= 0.3


def test_its_password_is_on_no_command_line(mail: Mail) -> None:
    assert b"rhubarb" not in Path(f"/proc/{mail.pid}/cmdline").read_bytes()


def test_mails_survive_a_restart(mail: Mail) -> None:
    send(mail, letter("kept@acme.example"))
    mail.stop()
    mail.start()
    assert len(messages(mail.spool, to="kept@acme.example")) == 1
