"""The company's own sign-in, for staff: the way out, the way back, and the page that links an account with it."""

from typing import Final

import structlog
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.core.internal.ratelimit import consume, respond_429
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from grants.errors import CompanySignInError, NotFoundError
from grants.flows import company
from grants.models import CompanyLink
from grants.values import OpenIdProvider
from grants.views.answers import PersonRequest, origin_of, page
from portal.accounts.errands import OpenErrand, keep_errand, take_errand
from portal.accounts.factors import has_mfa_session, newest_proof

logger = structlog.get_logger(__name__)
DECLINED: Final = "access_denied"
METHOD: Final = "company"


class TooOldError(CompanySignInError):
    """An answer that this session did not ask for, or asked for too long ago, or has used already."""

    code = "company_too_old"
    sentence = "This sign-in was begun in another browser, or too long ago, or is used up."
    way_on = "Begin again from the sign-in page."
    status = 409


class DeclinedError(CompanySignInError):
    """The person, or the provider, said no."""

    code = "company_declined"
    sentence = "You were not signed in at your company, so nobody was signed in here."
    way_on = "Try again, or sign in with your password."


@page("POST", public=True)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Send somebody to the company; POST, so that no foreign page can begin it."""
    provider = _provider()
    if request.user.is_authenticated:
        return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)
    return _send_off(request, provider, back=get_next_redirect_url(request) or "")


@page("GET", "POST")
def link(request: PersonRequest) -> HttpResponse:
    """Whether this account is linked. Changing that takes a second factor shown again (portal.middleware)."""
    provider = _provider()
    if not request.user.is_staff:
        raise NotFoundError
    now = timezone.now()
    request.user.proof = newest_proof(request, now)
    if request.method == "POST" and request.POST.get("do") == "unlink":
        company.unlink_account(by=request.user, origin=origin_of(request), now=now)
        messages.success(request, "The link is undone. You sign in with your password.")
        return HttpResponseRedirect(reverse("company_link"))
    if request.method == "POST":
        return _send_off(request, provider, for_user=str(request.user.pk))
    row = CompanyLink.objects.filter(user=request.user, issuer=provider.issuer).first()
    return render(request, "account/company_link.html", {"provider": provider, "row": row})


@page("GET", public=True)
def callback(request: PersonRequest) -> HttpResponse:
    """The way back: only with the state that this session set out with, once."""
    provider = _provider()
    if request.method != "GET":
        return HttpResponse()  # a HEAD may come from anything that looks at links, and is nobody's answer
    if not _has_allowance(request):
        return _too_many(request)
    try:
        found = take_errand(request, request.GET.get("state", ""))
        if found is None:
            raise TooOldError
        code = _code_of(request, provider)
        return _linked(request, provider, found, code) if found.for_user else _entered(request, provider, found, code)
    except CompanySignInError as refusal:
        return _refused(request, provider, refusal)


def _provider() -> OpenIdProvider:
    provider: OpenIdProvider | None = settings.OPENID_PROVIDER
    if provider is None:
        raise NotFoundError
    return provider


def _send_off(request: HttpRequest, provider: OpenIdProvider, *, for_user: str = "", back: str = "") -> HttpResponse:
    """A page that leads on by itself, because ``form-action 'self'`` forbids a form to end up at another host."""
    if not _has_allowance(request):
        return _too_many(request)
    try:
        errand, url = company.set_out(provider=provider)
    except CompanySignInError as refusal:
        return _refused(request, provider, refusal)
    keep_errand(request, errand, for_user=for_user, back=back)
    return render(request, "account/company_on_the_way.html", {"provider": provider, "url": url})


def _code_of(request: HttpRequest, provider: OpenIdProvider) -> str:
    """The one-time code; RFC 9207: an answer that names its issuer names ours."""
    code = request.GET.get("code", "")
    if request.GET.get("error") or not code or request.GET.get("iss", provider.issuer) != provider.issuer:
        if request.GET.get("error") != DECLINED:
            logger.warning("company_answer_without_code")
        raise DeclinedError
    return code


def _entered(request: HttpRequest, provider: OpenIdProvider, found: OpenErrand, code: str) -> HttpResponse:
    """The first step is done; allauth asks for the second one, and the middleware lets nobody by without it."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)
    now, origin = timezone.now(), origin_of(request)
    user = company.enter(provider=provider, code=code, errand=found.errand, origin=origin, now=now)
    record_authentication(request, user, METHOD)
    answer: HttpResponse = perform_login(request, Login(user=user, redirect_url=found.back or None))
    return answer


def _linked(request: PersonRequest, provider: OpenIdProvider, found: OpenErrand, code: str) -> HttpResponse:
    """For the account that set out, still signed in, with its second factor."""
    if str(request.user.pk) != found.for_user or not has_mfa_session(request):
        raise TooOldError
    now, origin = timezone.now(), origin_of(request)
    request.user.proof = newest_proof(request, now)
    company.link_account(provider=provider, code=code, errand=found.errand, by=request.user, origin=origin, now=now)
    messages.success(request, f"Linked. From now on you can sign in with {provider.name}.")
    return HttpResponseRedirect(reverse("mfa_index"))


def _refused(request: HttpRequest, provider: OpenIdProvider, refusal: CompanySignInError) -> HttpResponse:
    logger.warning("company_sign_in_refused", refusal=refusal.code, detail=refusal.detail)
    context = {"error": refusal, "provider": provider}
    return render(request, "account/company_refused.html", context, status=refusal.status)


def _has_allowance(request: HttpRequest) -> bool:
    """Each way out and back asks the provider; the limit stands with the others in ACCOUNT_RATE_LIMITS."""
    return bool(consume(request, app="allauth.account", action=METHOD, limit_get=True))


def _too_many(request: HttpRequest) -> HttpResponse:
    answer: HttpResponse = respond_429(request)
    return answer
