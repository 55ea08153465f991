"""The mail server: reached, encrypted, signed in to. Nothing is sent unless it is asked for."""

import smtplib
import ssl
from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage

from grants.flows.doctor import failed, ok, warned
from grants.values import Finding

PLAIN_PORT: Final = 25
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def examine_mail(*, mail_to: str) -> Iterator[Finding]:
    """Only where EMAIL_URL is: every other process queues mail for the mail worker."""
    if not settings.EMAIL_HOST:
        yield _not_here()
        return
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with _connect() as server:
            if settings.EMAIL_USE_TLS:
                server.starttls(context=ssl.create_default_context())
            if settings.EMAIL_HOST_USER:
                server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except smtplib.SMTPAuthenticationError as error:
        yield failed(f"mail: {where} refuses the user or password ({error.smtp_code})", "Correct EMAIL_URL.")
        return
    except (smtplib.SMTPException, OSError) as error:
        yield failed(
            f"mail: {where} cannot be used ({type(error).__name__})",
            "Check EMAIL_URL: host, port, and smtp+tls:// for STARTTLS or smtp+ssl:// for TLS from the first byte.",
        )
        return
    yield _encrypted(where)
    if mail_to:
        yield _send(mail_to)


def _connect() -> smtplib.SMTP:
    host, port, timeout = settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT
    if settings.EMAIL_USE_SSL:
        return smtplib.SMTP_SSL(host, port, timeout=timeout, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=timeout)


def _not_here() -> Finding:
    if "mail" in settings.DAYPASS_PROCESSES:
        return failed("mail: EMAIL_URL is not set", "Write it as smtp+tls://user:password@host:587.")
    return ok("mail: the mail worker's, not looked at from here (DAYPASS_PROCESS=mail)")


def _encrypted(where: str) -> Finding:
    signed_in = "signed in" if settings.EMAIL_HOST_USER else "without signing in"
    if settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL or settings.EMAIL_HOST in LOCAL:
        return ok(f"mail: {where} answers, {signed_in}")
    return warned(
        f"mail: {where} answers, {signed_in}, but links travel there unencrypted",
        "Use smtp+tls:// or smtp+ssl:// in EMAIL_URL.",
    )


def _send(to: str) -> Finding:
    mail = EmailMessage("Daypass: a test", "The doctor sent this. If you read it, mail works.\n", to=[to])
    try:
        mail.send()
    except (smtplib.SMTPException, OSError) as error:
        return failed(f"mail: the test to {to} was not taken ({type(error).__name__})", "Check DEFAULT_FROM_EMAIL.")
    return ok(f"mail: a test to {to} was accepted")
