"""Template admins keep the issuers: who mints, how each is doing, and which managed policies templates may name."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import permissions, queries
from grants.errors import FieldError
from grants.flows.issuers import (
    allow_policy,
    confirm_issuer,
    edit_issuer,
    propose_issuer,
    refuse_issuer,
    switch_issuer,
    withdraw_policy,
)
from grants.forms.issuers import IssuerForm, NamesForm, PolicyForm, initial_of
from grants.presenters.issuers import issuer_rows, issuer_view, proposal_view
from grants.views.answers import PersonRequest, page


@page("GET")
def issuers(request: PersonRequest) -> HttpResponse:
    """All of them, and what waits for a second admin."""
    now, by = timezone.now(), request.user
    context = {
        "rows": issuer_rows(by, now),
        "proposals": [proposal_view(proposal, by, now) for proposal in queries.open_proposals(by, now)],
    }
    return render(request, "grants/issuers/list.html", context)


@page("GET", "POST")
def issuer(request: PersonRequest, issuer_id: UUID) -> HttpResponse:
    """One of them, with its health; the form puts a managed policy on its list."""
    found = queries.issuer_for(request.user, issuer_id)
    form = PolicyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            row = allow_policy(issuer_id=issuer_id, arn=form.cleaned_data["arn"], by=request.user, now=timezone.now())
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{row.name} is allowed. Templates may name it once its document has been read.")
            return redirect("grants:issuer", issuer_id)
    context = {"view": issuer_view(found, timezone.now()), "form": form}
    return render(request, "grants/issuers/detail.html", context, status=422 if form.errors else 200)


@page("GET", "POST")
def issuer_new(request: PersonRequest) -> HttpResponse:
    """Propose one."""
    permissions.check_template_admin(request.user)
    form = IssuerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        reason, now = form.cleaned_data["reason"], timezone.now()
        try:
            propose_issuer(issuer=form.issuer, reason=reason, by=request.user, now=now)
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, "Proposed. It mints nothing until another template admin confirms it.")
            return redirect("grants:issuers")
    return render(request, "grants/issuers/form.html", {"form": form}, status=422 if form.errors else 200)


@page("GET", "POST")
def issuer_edit(request: PersonRequest, issuer_id: UUID) -> HttpResponse:
    """Change its names and Region."""
    found = queries.issuer_for(request.user, issuer_id)
    form = NamesForm(request.POST if request.method == "POST" else None, initial=initial_of(found))
    if form.is_valid():
        try:
            edit_issuer(issuer_id=issuer_id, names=form.names, by=request.user, now=timezone.now())
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, "Saved. Grants that were approved before are refused, if its values differ.")
            return redirect("grants:issuer", issuer_id)
    context = {"form": form, "issuer": found}
    return render(request, "grants/issuers/form.html", context, status=422 if form.errors else 200)


@page("POST")
def issuer_switch(request: PersonRequest, issuer_id: UUID) -> HttpResponse:
    """Switch it off, or on again."""
    is_active = request.POST.get("do") == "on"
    switch_issuer(issuer_id=issuer_id, is_active=is_active, by=request.user, now=timezone.now())
    messages.success(request, "It mints again." if is_active else "It mints nothing from now on.")
    return redirect("grants:issuer", issuer_id)


@page("POST")
def policy_withdraw(request: PersonRequest, policy_id: UUID) -> HttpResponse:
    """Take a managed policy off the list."""
    row = withdraw_policy(policy_id=policy_id, by=request.user, now=timezone.now())
    messages.success(request, f"{row.name} is off the list: nothing that names it is issued from now on.")
    return redirect("grants:issuer", row.issuer_id)


@page("GET", "POST")
def issuer_proposal(request: PersonRequest, proposal_id: UUID) -> HttpResponse:
    """Read a proposal, then confirm or refuse it."""
    now, by = timezone.now(), request.user
    if request.method == "POST" and request.POST.get("do") == "confirm":
        made = confirm_issuer(proposal_id=proposal_id, by=by, now=now)
        messages.success(request, f"{made.name} is registered. Run manage.py doctor before its first grant.")
        return redirect("grants:issuer", made.pk)
    if request.method == "POST":
        refuse_issuer(proposal_id=proposal_id, by=by, now=now)
        messages.success(request, "Refused. Nothing was registered.")
        return redirect("grants:issuers")
    view = proposal_view(queries.proposal_for(by, proposal_id), by, now)
    return render(request, "grants/issuers/proposal.html", {"view": view})
