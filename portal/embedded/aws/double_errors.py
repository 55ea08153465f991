"""Refusals in the words and shapes of AWS: code, HTTP status, XML envelope, request id."""

import uuid
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from portal.embedded.aws.double_wire import Answer

NAMESPACES: Final = {
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
}
SERVER_ERRORS_FROM: Final = 500


@dataclass(frozen=True, slots=True)
class Refusal:
    """What AWS would have answered instead of doing it."""

    code: str
    message: str
    status: int = 400


def validation_error(failures: list[str]) -> Refusal:
    """AWS's sentence for parameters outside their constraints; ``failures`` is not empty."""
    noun = "error" if len(failures) == 1 else "errors"
    return Refusal("ValidationError", f"{len(failures)} validation {noun} detected: {'; '.join(failures)}")


def access_denied(message: str) -> Refusal:
    """An authenticated caller without the right."""
    return Refusal("AccessDenied", message, 403)


def refusal_answer(refusal: Refusal, *, service: str, date: str | None = None) -> Answer:
    """The refusal on the wire; ``date`` replaces the Date header (a skewed clock shows there)."""
    request_id = str(uuid.uuid4())
    sender = "Sender" if refusal.status < SERVER_ERRORS_FROM else "Receiver"
    body = (
        f'<ErrorResponse xmlns="{NAMESPACES[service]}"><Error><Type>{sender}</Type><Code>{escape(refusal.code)}</Code>'
        f"<Message>{escape(refusal.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return Answer.of(
        refusal.status, body.encode(), content_type="text/xml", headers=(("x-amzn-RequestId", request_id),), date=date
    )
