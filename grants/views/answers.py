"""What every view shares: its methods, who must be signed in, and a page for every refusal."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps
from typing import Concatenate, Final, ParamSpec, cast
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_http_methods

from grants.errors import GrantError, TermsNotAcceptedError
from grants.models import User
from grants.values import Origin

P = ParamSpec("P")


class PersonRequest(HttpRequest):
    """A request of somebody signed in."""

    user: User


View = Callable[Concatenate[PersonRequest, P], HttpResponse]
Dressed = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class WrongMethod:
    """The page of a method that a view does not take."""

    status: int = 405
    title: str = "This page does not work that way"
    sentence: str = "It was opened in a way that it does not take. Nothing was changed."
    way_on: str = "Go back to where you came from, and use the button there."


WRONG_METHOD: Final = WrongMethod()


def page(*methods: str, public: bool = False) -> Callable[[View[P]], Dressed[P]]:
    """A view that takes ``methods`` (GET brings HEAD) from somebody signed in, or from anybody when ``public``."""
    taken = [*methods, "HEAD"] if "GET" in methods else [*methods]

    def dress(view: View[P]) -> Dressed[P]:
        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not public and not request.user.is_authenticated:
                return redirect_to_login(_way_back(request))
            try:
                return view(cast(PersonRequest, request), *args, **kwargs)  # anonymous ones went back just above
            except TermsNotAcceptedError as error:
                return _terms_first(request, error)
            except GrantError as error:
                return refusal_page(request, error)

        dressed = _explained(require_http_methods(taken)(answer))
        dressed.takes = taken  # type: ignore[attr-defined]  # read by the test of the methods
        return dressed

    return dress


def refusal_page(request: HttpRequest, error: GrantError) -> HttpResponse:
    """A refusal as a page: what happened, what to do next, and a code to name when asking for help."""
    return render(request, "grants/refused.html", {"error": error}, status=error.status)


def _terms_first(request: HttpRequest, error: TermsNotAcceptedError) -> HttpResponse:
    """To the terms and then back; what was posted must not be lost on the way, so that it stays one page back."""
    terms_url = reverse("grants:terms")
    if request.method != "POST":
        return redirect(f"{terms_url}?{urlencode({'next': request.get_full_path()})}")
    context = {"error": error, "way_on_url": terms_url, "way_on_words": "Read the terms"}
    return render(request, "grants/refused.html", context, status=error.status)


def origin_of(request: HttpRequest) -> Origin:
    """Where the request came from, as the middleware found out."""
    origin: Origin = getattr(request, "origin", Origin(ip=None, agent=""))  # a session may begin outside of a request
    return origin


def person_at(request: HttpRequest) -> User | None:
    """Who is signed in at a public page; often nobody."""
    return request.user if isinstance(request.user, User) else None


def _explained(view: Dressed[P]) -> Dressed[P]:
    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        context = {**asdict(WRONG_METHOD), "request_id": getattr(request, "request_id", "")}
        explained = render(request, "error.html", context, status=WRONG_METHOD.status)
        explained.headers["Allow"] = response.headers["Allow"]
        return explained

    return answer


def _way_back(request: HttpRequest) -> str:
    """After signing in a form's address alone would be no page: go back to the page that the form stood on."""
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    if request.method == "POST" and came_from and is_ours:
        return urlsplit(came_from).path
    return request.get_full_path()
