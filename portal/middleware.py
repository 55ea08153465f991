"""What every request passes: where it comes from, a second factor for staff, a session that ages, no caches."""

import ipaddress
from collections.abc import Callable
from typing import Any, Final

import structlog
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import BadRequest, DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import split_domain_port
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from grants.values import Origin, Proof
from portal.accounts.factors import (
    STEP_UP_TYPES,
    has_fresh_mfa,
    has_mfa_session,
    has_shown_again,
    newest_proof,
    proof_page,
    showed_recovery_code,
)
from portal.accounts.kept import FIELD, forget_form, typed_before
from portal.accounts.step_up import (
    FACTOR_CHANGES,
    NOT_THAT_ONE,
    PUBLIC,
    ask_first,
    is_ours_to_keep,
    is_secret,
    is_signed,
    needs_proof,
)

GetResponse = Callable[[HttpRequest], HttpResponse]
AGENT_LENGTH: Final = 300
PROBES: Final = frozenset({"/healthz", "/readyz"})
BY_ITSELF: Final = frozenset({"so_far"})
OPENS_LINK: Final = "pickup/open"

ENROLMENT: Final = frozenset({"mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate", "account_logout"})
PROOF: Final = frozenset({"mfa_reauthenticate", "mfa_reauthenticate_webauthn", "account_logout"})


def client_address(remote: str, forwarded_for: str, trusted: int) -> str | None:
    """The address the outermost trusted proxy saw; what stands left of it is what the client claims.

    A header with fewer entries than we have proxies came around them, so only the connection itself is believed.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    claimed = hops[-trusted] if 0 < trusted <= len(hops) else remote
    try:
        return str(ipaddress.ip_address(claimed))
    except ValueError:
        return None


class OriginMiddleware:
    """Gives each request its ``origin``, its line's ``ip``, and its answer the id that its log lines carry."""

    def __init__(self, get_response: GetResponse) -> None:
        """Django calls it once per process."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Runs right inside django-structlog's middleware, which made the request id."""
        meta = request.META
        forwarded_for = meta.get("HTTP_X_FORWARDED_FOR", "")
        address = client_address(meta.get("REMOTE_ADDR", ""), forwarded_for, settings.TRUSTED_PROXIES)
        agent = meta.get("HTTP_USER_AGENT", "")[:AGENT_LENGTH]
        request.origin = Origin(ip=address, agent=agent)  # type: ignore[attr-defined]  # our own attribute of the request
        structlog.contextvars.bind_contextvars(ip=address)
        request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
        request.request_id = request_id  # type: ignore[attr-defined]  # our own attribute of the request
        response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        return response


class PlainRequestMiddleware:
    """Keeps from all that stands inside what no browser of ours sends and what costs more than it says."""

    def __init__(self, get_response: GetResponse) -> None:
        """Django calls it once per process."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """PostgreSQL takes no NUL. Backslashes in a quoted cookie: older Pythons undo them in quadratic time.

        None of our cookies has one, so whatever else of this host put it there goes unread.
        """
        if "\0" in request.path:
            raise BadRequest("NUL in the address")
        cookies = request.META.get("HTTP_COOKIE", "")
        if "\\" in cookies:
            request.META["HTTP_COOKIE"] = ";".join(one for one in cookies.split(";") if "\\" not in one)
        return self.get_response(request)


class NoStoreMiddleware:
    """Nothing that Django answers is kept, by browser or proxy; static files are answered before this."""

    def __init__(self, get_response: GetResponse) -> None:
        """Django calls it once per process."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """A shared computer's back button must not show credentials or requests after sign-out."""
        response = self.get_response(request)
        response.headers["Cache-Control"] = "no-store, private"
        return response


class ProbeHostMiddleware:
    """The addresses by which probes come are for probes: no page, and no link in a mail, is ever built on them."""

    def __init__(self, get_response: GetResponse) -> None:
        """Django calls it once per process."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """DisallowedHost, as for any other foreign Host header."""
        host, _port = split_domain_port(request.get_host())
        if host in settings.PROBE_HOSTS and request.path not in PROBES:
            raise DisallowedHost(f"{host} is for {', '.join(sorted(PROBES))} only")
        return self.get_response(request)


class NoReferrerMiddleware:
    """A page at an address with a link's token, an error page above all, sends that address to nobody.

    It loads styles and scripts from this very host, and whatever stands in front may log their Referer. Only there:
    elsewhere forms need their origin (``SECURE_REFERRER_POLICY`` says why).
    """

    def __init__(self, get_response: GetResponse) -> None:
        """Django calls it once per process."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Django's own middleware leaves a policy alone that is set already; misspelt addresses hold tokens too."""
        response = self.get_response(request)
        if OPENS_LINK in request.path.lower():
            response.headers["Referrer-Policy"] = "no-referrer"
        return response


class SessionAgeMiddleware:
    """Moves a session's idle limit on, at most once a minute; the absolute limit does not move.

    What an open page asks for by itself is no use: an unattended browser would stay signed in.
    """

    def __init__(self, get_response: GetResponse) -> None:
        """Django calls it once per process."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Saving is left to Django's session middleware, which stands around this one."""
        response = self.get_response(request)
        session: Any = request.session
        is_by_itself = request.resolver_match is not None and request.resolver_match.url_name in BY_ITSELF
        if request.user.is_authenticated and not is_by_itself and session.is_due_for_touch(timezone.now()):
            session.modified = True
        return response


class SecondFactorMiddleware:
    """Staff reach nothing before this session has shown a second factor; allauth has no such rule of its own."""

    def __init__(self, get_response: GetResponse) -> None:
        """Django calls it once per process."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Everything happens in ``process_view``, which knows the view."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: object
    ) -> HttpResponseRedirect | None:
        """Send staff to enrolment, or to show the factor they have.

        The account's factor is not enough: a session opened with the password alone, before the person enrolled,
        would otherwise be let in by the enrolment of the rightful owner.
        """
        user = request.user
        if not user.is_authenticated or not user.is_staff:
            return None
        name = request.resolver_match.url_name if request.resolver_match else None
        if not is_mfa_enabled(user, STEP_UP_TYPES):
            return None if name in ENROLMENT else HttpResponseRedirect(reverse("mfa_activate_totp"))
        if name == "account_reauthenticate":
            back = urlencode({REDIRECT_FIELD_NAME: request.GET.get(REDIRECT_FIELD_NAME, "")})
            return HttpResponseRedirect(f"{proof_page(user)}?{back}")
        if name in PROOF or has_mfa_session(request):
            return None
        return ask_first(request, proof_page(user))


class FactorChangeMiddleware:
    """Who has a second factor changes it by showing it; allauth would take a recovery code for that."""

    def __init__(self, get_response: GetResponse) -> None:
        """Django calls it once per process."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Everything happens in ``process_view``, which knows the view."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: object
    ) -> HttpResponseRedirect | None:
        """Ask for the factor first. An account without one enrols its first one by the rules of signing in.

        No form passes here that allauth would still keep back: it sends those on by itself once anything was shown.
        """
        match, user = request.resolver_match, request.user
        if match is None or match.url_name not in FACTOR_CHANGES or not user.is_authenticated:
            return None
        if not is_mfa_enabled(user, STEP_UP_TYPES) or has_shown_again(request, timezone.now()):
            return None
        if showed_recovery_code(request):
            messages.error(request, NOT_THAT_ONE)
        return ask_first(request, proof_page(user))


class StepUpMiddleware:
    """What takes effect needs a second factor of the last five minutes; a form that came without one is kept.

    So is the form of somebody whose session has ended meanwhile: nothing that was typed is lost.
    """

    def __init__(self, get_response: GetResponse) -> None:
        """Django calls it once per process."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Everything happens in ``process_view``, which knows the view."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: object
    ) -> HttpResponseRedirect | None:
        """Runs after the CSRF check, so that nothing foreign is ever kept and offered again."""
        match, user = request.resolver_match, request.user
        if FIELD in request.GET:
            request.typed = typed_before(request)  # type: ignore[attr-defined]  # our own attribute of the request
        if user.is_authenticated and (request.path.startswith(PUBLIC) or is_secret(match)):
            user.proof = newest_proof(request, timezone.now())
        if not is_ours_to_keep(match, request):
            return None
        if not user.is_authenticated:
            return ask_first(request, reverse(settings.LOGIN_URL))
        if user.is_staff:
            now = timezone.now()
            user.proof = newest_proof(request, now)
            if is_signed(request):
                user.proof = Proof(method="webauthn", age_seconds=0)
            elif needs_proof(match, request.POST) and not has_fresh_mfa(request, now):
                return ask_first(request, proof_page(user))
        forget_form(request)
        return None


class SignOutMiddleware:
    """Signing out clears what the browser kept of these pages; not cookies, which would go for the whole domain."""

    def __init__(self, get_response: GetResponse) -> None:
        """Django calls it once per process."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Runs outside of authentication, so it asks for the view that answered."""
        response = self.get_response(request)
        match = request.resolver_match
        if request.method == "POST" and match is not None and match.url_name == "account_logout":
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response
