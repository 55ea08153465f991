"""A recipient opens the mailed link and sees the credentials once; only a POST reveals."""

from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import select_template
from django.utils import timezone

from grants.errors import ConsoleError, PickupError, WrongCodeError
from grants.flows.hand_back import find_used_link, hand_back_grant
from grants.flows.open_link import open_link
from grants.flows.reveal import LinkView, Revealed, find_link, reveal_credentials
from grants.flows.sign_in import make_sign_in_link
from grants.forms.pickup import HandBackForm, PickupForm, RevealForm
from grants.presenters.credentials import CredentialsView, show_credentials
from grants.views.answers import PersonRequest, origin_of, page

COOKIE_AGE: Final = 15 * 60


@page("GET", public=True)
def pickup_open(request: PersonRequest, token: str) -> HttpResponse:
    """Move the token from the address to a cookie of this link alone, so that no history, log or Referer keeps it."""
    try:
        link = open_link(token=token, origin=origin_of(request), now=timezone.now())
    except PickupError as error:
        return _refused(request, error)
    response = redirect("grants:pickup", link.pk)
    response.set_cookie(
        cookie_name(link.pk), token, max_age=COOKIE_AGE, path="/", secure=True, httponly=True, samesite="Lax"
    )
    return response


@page("GET", "POST", public=True)
def pickup(request: PersonRequest, link_id: UUID) -> HttpResponse:
    """GET says who gives and until when, and spends nothing. POST with the code reveals."""
    token = request.COOKIES.get(cookie_name(link_id))
    now = timezone.now()
    form = RevealForm(request.POST if request.method == "POST" else None)
    try:
        if not form.is_valid():
            return _pickup_page(request, find_link(link_id=link_id, token=token, now=now), form)
        # No look at the link first: whoever comes too late with a code must be on record.
        code = form.cleaned_data["code"]
        revealed = reveal_credentials(link_id=link_id, token=token, code=code, origin=origin_of(request), now=now)
    except WrongCodeError as error:
        form.add_error("code", f"{error.sentence} {error.way_on} {_left(error)}")
        return _pickup_page(request, find_link(link_id=link_id, token=token, now=now), form)
    except PickupError as error:
        return _refused(request, error, link_id)
    context = {"view": _view_of(revealed)} | _console(revealed, wanted=form.cleaned_data["console"])
    return render(request, "grants/pickup/credentials.html", context)


@page("GET", "POST", public=True)
def hand_back(request: PersonRequest, link_id: UUID) -> HttpResponse:
    """Of a used link: end the access early, or say that somebody else opened it. Both need the code."""
    token = request.COOKIES.get(cookie_name(link_id))
    form = HandBackForm(request.POST if request.method == "POST" else None)
    try:
        used = find_used_link(link_id=link_id, token=token)
    except PickupError as error:
        return _refused(request, error)
    if form.is_valid():
        disowned = form.cleaned_data["what"] == "disowned"
        code, origin, now = form.cleaned_data["code"], origin_of(request), timezone.now()
        try:
            hand_back_grant(link_id=link_id, token=token, code=code, disowned=disowned, origin=origin, now=now)
        except WrongCodeError as error:
            form.add_error("code", f"{error.sentence} {error.way_on} {_left(error)}")
        except PickupError as error:
            return _refused(request, error)
        else:
            return render(request, "grants/pickup/handed_back.html", {"link": used, "disowned": disowned})
    context = {"link": used, "form": form}
    return render(request, "grants/pickup/hand_back.html", context, status=422 if form.errors else 200)


def cookie_name(link_id: UUID) -> str:
    """One cookie a link, so that two links in two tabs reveal the right one each."""
    return f"__Host-pickup-{link_id.hex}"


def _left(error: WrongCodeError) -> str:
    return "1 try is left." if error.left == 1 else f"{error.left} tries are left."


def _pickup_page(request: HttpRequest, link: LinkView, form: PickupForm) -> HttpResponse:
    return render(request, "grants/pickup/page.html", {"link": link, "form": form}, status=422 if form.errors else 200)


def _refused(request: HttpRequest, error: PickupError, link_id: UUID | None = None) -> HttpResponse:
    """Each refusal has its page; an unknown, foreign or cookieless link cannot be told from one that never was.

    The cookie stays for its quarter of an hour, so that a reload says "used" again: a spent token opens nothing.
    """
    template = select_template([f"grants/pickup/{error.code}.html", "grants/pickup/refused.html"])
    context = {"error": error, "way_on_url": request.path, "link_id": link_id}
    return HttpResponse(template.render(context, request), status=error.status)


def _console(revealed: Revealed, *, wanted: bool) -> dict[str, object]:
    """The console link, or why there is none: the reveal is over by now, so nothing may keep its page from showing."""
    if not wanted:
        return {}
    try:
        link = make_sign_in_link(
            reference=revealed.grant.reference, credentials=revealed.credentials, snapshot=revealed.snapshot
        )
    except ConsoleError as error:
        return {"console_error": error}
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
