"""The page that offers a kept form again."""

from typing import Final

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import resolve
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from grants.views.answers import PersonRequest
from portal.accounts.factors import has_fresh_mfa, proof_page
from portal.accounts.kept import find_form
from portal.accounts.step_up import act_of, needs_proof

TYPED: Final = {"reason": "Reason", "ticket": "Ticket", "full_name": "Name", "email": "Address", "name": "Name"}
NOT_THAT_ONE: Final = (
    "A recovery code lets you in, but does not count for this. Use your authenticator app or a passkey."
)


@login_required
@require_safe
def again(request: PersonRequest, key: str) -> HttpResponse:
    """Show what would be sent, with a button; nothing is sent by opening this page."""
    form = find_form(request, key)
    if form is None:
        raise Http404
    match = resolve(form.path)
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
