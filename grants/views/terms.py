"""A contractor reads and accepts the terms of their access."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from grants import permissions, queries
from grants.errors import TermsChangedError
from grants.flows.vendors import accept_terms
from grants.forms.vendors import TermsForm
from grants.views.answers import PersonRequest, page


@page("GET", "POST")
def terms(request: PersonRequest) -> HttpResponse:
    """The wording in force; a yes is kept with its hash."""
    permissions.check_contractor_account(request.user)
    vendor = request.user.vendor
    initial = {"digest": vendor.terms.digest if vendor and vendor.terms else ""}
    form = TermsForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            accept_terms(by=request.user, digest=form.cleaned_data["digest"], now=timezone.now())
        except TermsChangedError as error:
            return _terms_page(request, TermsForm(initial=initial), changed=error.sentence, status=error.status)
        messages.success(request, "Thank you. That you accepted the terms is on record.")
        return redirect(_next(request))
    return _terms_page(request, form, status=422 if form.errors else 200)


def _terms_page(request: PersonRequest, form: TermsForm, *, changed: str = "", status: int = 200) -> HttpResponse:
    vendor = request.user.vendor
    context = {
        "form": form,
        "vendor": vendor,
        "terms": vendor.terms if vendor else None,
        "is_accepted": queries.has_accepted(request.user),
        "changed": changed,
        "next": _next(request),
    }
    return render(request, "grants/vendors/terms.html", context, status=status)


def _next(request: PersonRequest) -> str:
    """Where the person was going, if that is here."""
    target = request.POST.get("next") or request.GET.get("next") or "/"
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours else "/"
