"""The page that offers a kept form again, and the page of one's sessions."""

from typing import Final
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from grants.flows.people import end_other_sessions, note_sign_in
from grants.models import User
from grants.queries import sign_ins_of
from grants.views.answers import PersonRequest, origin_of
from portal.accounts.factors import has_fresh_mfa, proof_page
from portal.accounts.kept import find_form
from portal.accounts.step_up import NOT_THAT_ONE, act_of, needs_proof
from portal.sessions import row_key

TYPED: Final = {"reason": "Reason", "ticket": "Ticket", "full_name": "Name", "email": "Address", "name": "Name"}


@login_required
@require_safe
def again(request: PersonRequest, key: str) -> HttpResponse:
    """Show what would be sent, with a button; nothing is sent by opening this page."""
    form = find_form(request, key)
    if form is None:
        raise Http404
    match = resolve(urlsplit(form.path).path)
    act = act_of(match)
    if needs_proof(match, dict(form.fields)) and not has_fresh_mfa(request, timezone.now()):
        messages.error(request, NOT_THAT_ONE)
        query = urlencode({REDIRECT_FIELD_NAME: request.path})
        return HttpResponseRedirect(f"{proof_page(request.user)}?{query}")
    context = {
        "kept": form,
        "key": key,
        "words": act.words.format(**{"reference": "", **match.kwargs}).strip(),
        "button": act.button,
        "typed": [(TYPED[name], value) for name, value in form.fields if name in TYPED and value],
    }
    return render(request, "account/again.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: PersonRequest) -> HttpResponse:
    """Where this account is signed in; POST ends every session but this one."""
    here = row_key(request.session.session_key or "")
    if request.method == "POST":
        ended = end_other_sessions(by=request.user, session_row=here, now=timezone.now())
        messages.success(request, f"{ended} other {'session is' if ended == 1 else 'sessions are'} ended.")
        return HttpResponseRedirect(reverse("sessions"))
    rows = list(sign_ins_of(request.user, timezone.now()))
    context = {"rows": rows, "here": here, "others": sum(row.session_row != here for row in rows)}
    return render(request, "account/sessions.html", context)


@receiver(user_logged_in, dispatch_uid="portal.accounts.signed_in")
def _note_sign_in(request: HttpRequest | None, user: User, **_signal: object) -> None:
    """Django has given the session its new key by now."""
    if request is not None and request.session.session_key:
        row = row_key(request.session.session_key)
        note_sign_in(by=user, session_row=row, origin=origin_of(request), now=timezone.now())
