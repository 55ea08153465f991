"""A recipient opens the mailed link and sees the credentials once; only a POST reveals."""

from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import select_template
from django.utils import timezone

from grants.errors import ClaimLostError, ConsoleError, PickupError, WrongCodeError
from grants.flows.hand_back import UsedLink, find_used_link, hand_back_grant
from grants.flows.open_link import open_link
from grants.flows.reveal import (
    LinkView,
    Revealed,
    Wait,
    Waiting,
    WaitView,
    find_check,
    find_link,
    find_wait,
    reveal_credentials,
)
from grants.flows.sign_in import make_sign_in_link
from grants.forms.pickup import HandBackForm, PickupForm, RevealForm, ShowForm, read_try
from grants.presenters.credentials import CredentialsView, show_credentials
from grants.presenters.pickup import SignedIn, pickup_page, signed_in_as, wait_page
from grants.values import Shown
from grants.views.answers import PersonRequest, origin_of, page, person_at
from grants.views.printed import printed_page

COOKIE_AGE: Final = 15 * 60


@page("GET", public=True)
def pickup_open(request: PersonRequest, token: str) -> HttpResponse:
    """Move the token from the address to a cookie of this link alone, so that no history, log or Referer keeps it."""
    try:
        link = open_link(token=token, origin=origin_of(request), now=timezone.now())
    except PickupError as error:
        return _refused(request, error)
    response = redirect("grants:pickup", link.pk)
    _set_cookie(response, cookie_name(link.pk), token)
    return response


@page("GET", "POST", public=True)
def pickup(request: PersonRequest, link_id: UUID) -> HttpResponse:
    """GET says who gives and until when, and spends nothing. POST with the check reveals, or has them made."""
    token = request.COOKIES.get(cookie_name(link_id))
    now = timezone.now()
    tried = read_try(request.POST)
    try:
        if tried is None:
            form = RevealForm(request.POST if request.method == "POST" else None, check=find_check(link_id))
            if not form.is_valid():
                return _pickup_page(request, find_link(link_id=link_id, token=token, now=now), form)
            tried = form.tried
        # No look at the link first: whoever comes too late with a code must be on record.
        outcome = reveal_credentials(
            link_id=link_id,
            token=token,
            shown=_shown(request, code=tried.code),
            origin=origin_of(request),
            now=now,
            afresh=tried.is_afresh,
        )
    except WrongCodeError as error:
        form = RevealForm(request.POST, check="")
        form.add_error("code", f"{error.sentence} {error.way_on} {_left(error)}")
        return _pickup_page(request, find_link(link_id=link_id, token=token, now=now), form)
    except PickupError as error:
        return _refused(request, error, link_id)
    return _answer(link_id, outcome, wants_console=tried.wants_console)


@page("GET", "POST", public=True)
def pickup_wait(request: PersonRequest, link_id: UUID) -> HttpResponse:
    """Of whoever passed the check: GET waits, and loads itself again; POST shows, once they are made."""
    token, claim = request.COOKIES.get(cookie_name(link_id)), request.COOKIES.get(claim_name(link_id), "")
    now = timezone.now()
    form = ShowForm(request.POST if request.method == "POST" else None)
    try:
        wait = find_wait(link_id=link_id, token=token, claim=claim, now=now)
        if not form.is_valid():
            return _wait_page(request, wait, form)
        outcome = reveal_credentials(
            link_id=link_id, token=token, shown=Shown(claim=claim), origin=origin_of(request), now=now
        )
    except ClaimLostError:
        return redirect("grants:pickup", link_id)
    except PickupError as error:
        return _refused(request, error, link_id)
    return _answer(link_id, outcome, wants_console=form.cleaned_data["console"])


@page("GET", "POST", public=True)
def hand_back(request: PersonRequest, link_id: UUID) -> HttpResponse:
    """Of a used link: end the access early, or say that somebody else opened it. Both need the check."""
    token = request.COOKIES.get(cookie_name(link_id))
    try:
        used = find_used_link(link_id=link_id, token=token)
    except PickupError as error:
        return _refused(request, error)
    form = HandBackForm(request.POST if request.method == "POST" else None, check=used.pickup_check)
    if form.is_valid():
        disowned = form.cleaned_data["what"] == "disowned"
        shown, origin, now = _shown(request, code=form.cleaned_data.get("code", "")), origin_of(request), timezone.now()
        try:
            hand_back_grant(link_id=link_id, token=token, shown=shown, disowned=disowned, origin=origin, now=now)
        except WrongCodeError as error:
            form.add_error("code", f"{error.sentence} {error.way_on} {_left(error)}")
        except PickupError as error:
            return _refused(request, error, link_id)
        else:
            return render(request, "grants/pickup/handed_back.html", {"link": used, "disowned": disowned})
    context = {"link": used, "form": form, "signed_in": _signed_in(request, used)}
    return render(request, "grants/pickup/hand_back.html", context, status=422 if form.errors else 200)


def cookie_name(link_id: UUID) -> str:
    """One cookie a link, so that two links in two tabs reveal the right one each."""
    return f"__Host-pickup-{link_id.hex}"


def claim_name(link_id: UUID) -> str:
    """The same, of a browser that has passed the check."""
    return f"__Host-claim-{link_id.hex}"


def _set_cookie(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=COOKIE_AGE, path="/", secure=True, httponly=True, samesite="Lax")


def _shown(request: PersonRequest, *, code: str) -> Shown:
    user = person_at(request)
    return Shown(code=code, user_id=user.pk, proof=user.proof) if user else Shown(code=code)


def _signed_in(request: PersonRequest, link: LinkView | UsedLink) -> SignedIn:
    return signed_in_as(person_at(request), link.recipient_id)


def _answer(link_id: UUID, outcome: Revealed | Waiting, *, wants_console: bool) -> HttpResponse:
    if isinstance(outcome, Waiting):
        response = redirect("grants:pickup_wait", link_id)
        _set_cookie(response, claim_name(link_id), outcome.claim)
        return response
    words = _view_of(outcome).words() | _console(outcome, wanted=wants_console)
    return printed_page("grants/pickup/credentials.html", words)


def _left(error: WrongCodeError) -> str:
    return "1 try is left." if error.left == 1 else f"{error.left} tries are left."


def _pickup_page(request: PersonRequest, link: LinkView, form: PickupForm) -> HttpResponse:
    form.ask_for(link.pickup_check)
    context = {"link": link, "form": form, "view": pickup_page(link, _signed_in(request, link))}
    return render(request, "grants/pickup/page.html", context, status=422 if form.errors else 200)


def _wait_page(request: PersonRequest, wait: WaitView, form: ShowForm) -> HttpResponse:
    """Without a script the header has it loaded again; only while AWS is asked, so that nobody is torn from a form."""
    response = render(request, "grants/pickup/wait.html", {"wait": wait_page(wait), "form": form})
    if wait.waits_for == Wait.AWS:
        response.headers["Refresh"] = "2"
    return response


def _refused(request: HttpRequest, error: PickupError, link_id: UUID | None = None) -> HttpResponse:
    """Each refusal has its page; an unknown, foreign or cookieless link cannot be told from one that never was.

    The cookie stays for its quarter of an hour, so that a reload says "used" again: a spent token opens nothing.
    """
    template = select_template([f"grants/pickup/{error.code}.html", "grants/pickup/refused.html"])
    context = {"error": error, "way_on_url": request.path, "link_id": link_id}
    return HttpResponse(template.render(context, request), status=error.status)


def _console(revealed: Revealed, *, wanted: bool) -> dict[str, str]:
    """The console link, or why there is none: the reveal is over by now, so nothing may keep its page from showing."""
    if not wanted:
        return {}
    try:
        link = make_sign_in_link(
            reference=revealed.grant.reference, credentials=revealed.credentials, snapshot=revealed.snapshot
        )
    except ConsoleError as error:
        return {"console_error": error.sentence, "console_way_on": error.way_on}
    return {"console_link": link}


def _view_of(revealed: Revealed) -> CredentialsView:
    snapshot = revealed.snapshot
    return show_credentials(
        credentials=revealed.credentials,
        reference=revealed.grant.reference,
        sentence=snapshot.sentence,
        scope=snapshot.scope,
        region=snapshot.issuer.region,
        endpoint_url=settings.RECIPIENT_AWS_ENDPOINT_URL,
    )
