"""Mail: one letter to one address over SMTP, and what the server said to it."""

import re
import secrets
import select
import smtplib
import threading
import time
import unicodedata
from contextlib import suppress
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address
from django.core.validators import validate_email

from grants.errors import MailError
from grants.gateways.deadline import cut_after
from grants.values import Letter

_LETTERS_MAX: Final = 100  # on one connection; servers dislike more
_FRESH_SECONDS: Final = 5.0  # so soon after a letter the socket alone says whether the server has hung up
_TIMEOUT_SECONDS: Final = 10  # where EMAIL_TIMEOUT is not set: without one a hanging server holds the worker for ever
_MESSAGE_ID: Final = re.compile(r"<[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+>", re.ASCII)
_ENHANCED_CODE: Final = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_NEVER_IN_HEADERS: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # breaks, controls, invisibles
_DEADLINE: Final = 60.0  # for a letter, and for a log-in: a reply has no last line until the server says so
_PERMANENT: Final = 500
_OK: Final = 250


class MailRejectedError(MailError):
    """The server will never take this letter (5xx)."""

    code = "mail_rejected"
    sentence = "The mail server refused the mail for good."
    way_on = "Check the address; then issue the access again."
    retryable = False


class LetterRefusedError(MailRejectedError):
    """Never offered to the server: a line break or control in a header, or not exactly one address."""

    code = "letter_refused"
    sentence = "This mail could not be written: its address or subject is not valid."


class MailUnreachableError(MailError):
    """No connection, no answer in time, or dropped in the middle; the server may have taken the letter."""

    code = "mail_unreachable"
    sentence = "The mail server could not be reached."


class MailLoginError(MailError):
    """The server does not want this client at all: greeting, TLS or login."""

    code = "mail_login"
    sentence = "The mail server does not accept this server's login."
    way_on = "An operator has to check EMAIL_URL. Daypass keeps trying."


def send_letter(letter: Letter) -> str:
    """Hand a letter to the SMTP server; returns "accepted" once it said 250 to the whole of it.

    Raises MailRejectedError when there is no use in trying again, MailError when there is. A letter dropped after its
    last byte may arrive twice, with the same Message-ID.
    """
    _check_letter(letter)
    refusal = _try_to_send(_message_of(letter))
    if refusal is not None:
        raise refusal
    return "accepted"


def _check_letter(letter: Letter) -> None:
    if not _is_address(letter.to):
        raise LetterRefusedError("recipient")
    # A line break in a header writes the next header: "Bcc: mallory@example.org".
    if not letter.subject.strip() or any(unicodedata.category(c) in _NEVER_IN_HEADERS for c in letter.subject):
        raise LetterRefusedError("subject")
    if not _MESSAGE_ID.fullmatch(letter.message_id):
        raise LetterRefusedError("Message-ID")


def _is_address(text: str) -> bool:
    """Exactly one bare address: no list, no display name, no break."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _message_of(letter: Letter) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        to=[letter.to],
        headers={"Message-ID": letter.message_id, "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(letter.html, "text/html")
    return message


def _bytes_of(message: EmailMultiAlternatives) -> bytes:
    """The letter as it is sent. Left to find a boundary of its own, Python would search the letter for it."""
    written = message.message()
    written.set_boundary(secrets.token_hex(16))
    content: bytes = written.as_bytes(linesep="\r\n")
    return content


@lru_cache(maxsize=1000)
def _envelope_address(address: str) -> str:
    """What of an address goes before the letter; the sender's is the same every time."""
    return sanitize_address(address, settings.DEFAULT_CHARSET)


class _Line(threading.local):
    """This thread's connection to the mail server, kept from letter to letter: a login costs as much as a letter."""

    backend: EmailBackend | None = None
    letters: int = 0
    used_at: float = 0.0

    def open(self) -> smtplib.SMTP:
        """The kept connection if it still answers, else a new one; nothing of a letter is on the wire yet."""
        if self.backend is not None and not self._answers():
            self.drop()
        if self.backend is None:
            self.backend = EmailBackend(timeout=settings.EMAIL_TIMEOUT or _TIMEOUT_SECONDS)
            self.letters = 0
        backend = self.backend
        if backend.connection is None:
            with cut_after(_DEADLINE, find=lambda: getattr(backend, "_partial_connection").sock):  # noqa: B009 - while it logs in; Django's stubs leave it out
                backend.open()
        if self.backend.connection is None:
            raise smtplib.SMTPServerDisconnected
        self.letters += 1
        self.used_at = time.monotonic()
        return self.backend.connection

    def drop(self) -> None:
        """Forget the connection: after an error nobody knows in the middle of what the server is."""
        backend, self.backend = self.backend, None
        if backend is not None:
            with suppress(smtplib.SMTPException, OSError):
                backend.close()

    def _answers(self) -> bool:
        backend = self.backend
        if backend is None or backend.connection is None or self.letters >= _LETTERS_MAX:
            return False
        if (backend.host, backend.port, backend.username) != _address():
            return False
        if time.monotonic() - self.used_at < _FRESH_SECONDS:
            return _is_silent(backend.connection)
        try:
            return backend.connection.noop()[0] == _OK
        except (smtplib.SMTPException, OSError):
            return False


def _is_silent(connection: smtplib.SMTP) -> bool:
    """A server that is asked nothing says something only to end it."""
    if connection.sock is None:
        return False
    listening = select.poll()
    listening.register(connection.sock, select.POLLIN)
    return not listening.poll(0)


_line: Final = _Line()


def _address() -> tuple[str, int, str]:
    return settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_HOST_USER


def _try_to_send(message: EmailMultiAlternatives) -> MailError | None:
    """None once sent; the refusal is returned, because servers quote the letter in what they say to it."""
    try:
        sender, *readers = map(_envelope_address, [message.from_email, *message.to])
        connection = _line.open()
        with cut_after(_DEADLINE, find=lambda: connection.sock):
            connection.sendmail(sender, readers, _bytes_of(message))
    except (smtplib.SMTPException, OSError, ValueError) as error:
        _line.drop()
        return _mail_error_of(error)
    return None


def _mail_error_of(error: Exception) -> MailError:
    match error:
        case smtplib.SMTPRecipientsRefused():
            return _of_codes(list(error.recipients.values()))
        case smtplib.SMTPConnectError() | smtplib.SMTPHeloError() | smtplib.SMTPAuthenticationError():
            return MailLoginError(_words(error.smtp_code, error.smtp_error))
        case smtplib.SMTPNotSupportedError():
            return MailLoginError("a needed extension is not offered")
        case smtplib.SMTPResponseException():
            return _of_codes([(error.smtp_code, error.smtp_error)])
        case smtplib.SMTPException() | OSError():
            return MailUnreachableError(type(error).__name__)
    return LetterRefusedError(type(error).__name__)


def _of_codes(answers: list[tuple[int, bytes | str]]) -> MailError:
    code, text = answers[0]
    kind = MailRejectedError if code >= _PERMANENT else MailError
    return kind(_words(code, text))


def _words(code: int, text: bytes | str) -> str:
    """The codes alone. The words are the server's: some quote the link they dislike."""
    raw = text if isinstance(text, bytes) else text.encode()
    enhanced = _ENHANCED_CODE.match(raw)
    return f"{code} {enhanced[1].decode()}" if enhanced else str(code)
