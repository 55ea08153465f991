"""Codes on their way: of an issuer's MFA device to AWS, and of a pickup to its recipient's ear."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import permissions, queries
from grants.errors import FieldError, SessionTakenError
from grants.flows.tell_code import TELLABLE, tell_code
from grants.flows.type_code import type_code
from grants.forms.codes import MfaCodeForm
from grants.models import Grant
from grants.presenters.codes import code_view, telling_view
from grants.presenters.words import spaced_code
from grants.views.answers import PersonRequest, page


@page("GET", "POST")
def mfa_code(request: PersonRequest, reference: str) -> HttpResponse:
    """GET says for whom and what; POST hands the code on, and never shows it again."""
    form = MfaCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            type_code(reference=reference, by=request.user, code=form.cleaned_data["code"], now=timezone.now())
        except FieldError as error:
            form.refuse(error)
        except SessionTakenError as error:
            form.add_error("code", f"{error.sentence} {error.way_on}")
        else:
            messages.success(request, "AWS is asked with your code now. Load this page again to see what it answered.")
            return redirect("grants:mfa_code", reference)
    grant = queries.grant_for_custodian(request.user, reference)
    context = {"view": code_view(grant), "form": form, "sees_card": _sees_card(request, grant)}
    return render(request, "grants/approvals/mfa_code.html", context, status=422 if form.errors else 200)


@page("GET", "POST")
def spoken_code(request: PersonRequest, reference: str) -> HttpResponse:
    """GET says whom to ring; POST makes a code and shows it in its own answer, and in no other."""
    grant = queries.grant_for_telling(request.user, reference)
    code = tell_code(reference=reference, by=request.user, now=timezone.now()) if request.method == "POST" else None
    view = telling_view(grant, tellable=grant.state in TELLABLE)
    context = {"view": view, "code": spaced_code(code), "sees_card": _sees_card(request, grant)}
    return render(request, "grants/approvals/spoken_code.html", context)


def _sees_card(request: PersonRequest, grant: Grant) -> bool:
    """A custodian or a sponsor may be none of those who sign, and has no way back to what only they read."""
    return permissions.allowed(permissions.check_may_revoke, request.user, grant)
