"""What people see when a request cannot be answered: what happened, and what to do next."""

from dataclasses import asdict, dataclass
from typing import Final

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """One answer of templates/error.html."""

    status: int
    title: str
    sentence: str
    way_on: str


BAD: Final = ErrorPage(400, "That request was malformed", "Daypass could not read it.", "Start from the home page.")
TOO_MUCH: Final = ErrorPage(
    413,
    "That was more than Daypass takes",
    "A form may hold 256 KB and 200 fields, and no files. Nothing was changed.",
    "Go back, shorten what you filled in, and send it again.",
)
FORBIDDEN: Final = ErrorPage(
    403,
    "You cannot do that with this account",
    "Your account does not have the role this page needs.",
    "Ask an administrator if you think it should.",
)
FORGED: Final = ErrorPage(
    403,
    "This form was not accepted",
    "It was open for too long, or it did not come from Daypass. Nothing was changed.",
    "Go back, reload the page, and send it again. Your browser must accept cookies.",
)
MISSING: Final = ErrorPage(
    404, "We could not find that", "It does not exist, or it is not yours to see.", "Check the address."
)
TOO_MANY: Final = ErrorPage(
    429,
    "Too many requests",
    "Somebody at your address asked for this too often, so Daypass stopped answering for a while.",
    "Wait a few minutes, then try again.",
)
BROKEN: Final = ErrorPage(
    500,
    "Daypass made a mistake",
    "The request was not completed. What was already saved is safe.",
    "Try again in a minute. If it happens again, tell an administrator the number below.",
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400; 413 where a form, or the part of an address behind its ?, is too large to be read."""
    is_too_much = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    return _answer(request, TOO_MUCH if is_too_much else BAD)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    del exception
    return _answer(request, FORBIDDEN, with_navigation=True)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403; the reason is for the log, where Django has written it."""
    del reason
    return _answer(request, FORGED)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404; the exception holds the tried path, which may be a link with a secret, so it is not shown."""
    del exception
    return _answer(request, MISSING, with_navigation=True)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """429, from allauth's limits."""
    return _answer(request, TOO_MANY)


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return _answer(request, BROKEN)


def _answer(request: HttpRequest, page: ErrorPage, *, with_navigation: bool = False) -> HttpResponse:
    """Navigation asks the session and the database, which may be what broke, so most pages go without."""
    context = {**asdict(page), "request_id": getattr(request, "request_id", "")}
    body = render_to_string("error.html", context, request if with_navigation else None)
    return HttpResponse(body, status=page.status)
