"""What AWS, the mail server or a sealing key did not do."""

from typing import ClassVar

from grants.errors.base import GrantError


class StsError(GrantError):
    """STS did not give credentials.

    ``opens_circuit``: the trouble is the issuer's, so every grant of it would meet the same. ``proves_issuer``: the
    trouble is this grant's own, and STS got so far as to see it, so the issuer's keys and permissions are good.
    """

    code = "sts_error"
    sentence = "AWS did not issue the credentials."
    way_on = "An administrator can try again."
    status = 502
    may_have_minted: ClassVar[bool] = False
    opens_circuit: ClassVar[bool] = False
    proves_issuer: ClassVar[bool] = False


class CannotSealError(StsError):
    """AWS gave credentials that could not be sealed: they were dropped, and their session is denied by name."""

    code = "cannot_seal"
    sentence = "The credentials could not be sealed, so they were thrown away."
    way_on = "An operator has to check the sealing keys; then an approver can try again."
    may_have_minted = True


class RevokeError(GrantError):
    """IAM did not take the Deny, or not all of it: ``held`` is what it shows denied all the same."""

    code = "iam_error"
    sentence = "AWS did not accept the revocation yet."
    way_on = "Daypass keeps trying. The runbook has a command that works without Daypass."
    retryable = True
    status = 502
    held: frozenset[str] = frozenset()


class ConsoleError(GrantError):
    """AWS's console sign-in gave no link; the credentials themselves work all the same."""

    code = "console_error"
    sentence = "There is no console link this time. The credentials work all the same."
    way_on = "Use the credentials in a terminal or a tool, as shown on this page."
    status = 502


class MailError(GrantError):
    """The mail server did not take the mail."""

    code = "mail_refused"
    sentence = "The mail server did not accept the mail yet."
    way_on = "Daypass keeps trying; the link stays the same."
    retryable = True
    status = 502


class WebhookError(GrantError):
    """A webhook's receiver did not take the message; ``answer`` is its status, if it gave one."""

    code = "webhook_failed"
    sentence = "The receiver did not take the message yet."
    way_on = "Daypass keeps trying for a day; the webhook's page says what was answered."
    retryable = True
    status = 502

    def __init__(self, detail: str, *, answer: int | None = None) -> None:
        """``detail`` is ours: what a receiver says may be anything."""
        super().__init__(detail)
        self.answer = answer


class SealError(GrantError):
    """A ciphertext does not open: wrong key, wrong place, or altered."""

    code = "seal_broken"
    sentence = "Something sealed could not be opened."
    way_on = "An operator has to check the sealing keys."
    status = 503
