"""Somebody who may types a code of an issuer's MFA device."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import queries
from grants.errors import FieldError, SessionTakenError
from grants.flows.type_code import type_code
from grants.forms.codes import MfaCodeForm
from grants.presenters.codes import code_view
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
    view = code_view(queries.grant_for_custodian(request.user, reference))
    status = 422 if form.errors else 200
    return render(request, "grants/approvals/mfa_code.html", {"view": view, "form": form}, status=status)
