"""Template admins keep the vendor register, and sponsors read their part of it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import permissions, queries
from grants.errors import FieldError
from grants.flows.revoke_many import deny_tag
from grants.flows.vendors import close_vendor, edit_vendor, register_vendor, reopen_vendor
from grants.forms.base import DaypassForm
from grants.forms.vendors import CloseForm, ReasonForm, ReopenForm, VendorForm, initial_of
from grants.presenters.vendors import VendorView, vendor_rows, vendor_view
from grants.views.answers import PersonRequest, page


@page("GET")
def vendors(request: PersonRequest) -> HttpResponse:
    """The register."""
    context = {
        "rows": vendor_rows(request.user, timezone.now()),
        "is_admin": permissions.allowed(permissions.check_template_admin, request.user),
    }
    return render(request, "grants/vendors/list.html", context)


@page("GET")
def vendor(request: PersonRequest, slug: str) -> HttpResponse:
    """One vendor: contract, hours, people, grants, terms."""
    return render(request, "grants/vendors/detail.html", {"view": _view(request, slug)})


@page("GET", "POST")
def vendor_new(request: PersonRequest) -> HttpResponse:
    """Put a vendor into the register."""
    permissions.check_template_admin(request.user)
    form = VendorForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = register_vendor(fields=form.vendor_fields, by=request.user, now=timezone.now())
        except FieldError as error:
            _refuse(form, error)
        else:
            messages.success(request, f"{made.name} is registered. Invite its people, and open templates to it.")
            return redirect("grants:vendor", made.slug)
    return _form_page(request, form, heading="Register a vendor")


@page("GET", "POST")
def vendor_edit(request: PersonRequest, slug: str) -> HttpResponse:
    """Change what the register says."""
    permissions.check_template_admin(request.user)
    found = queries.vendor_for(request.user, slug)
    form = VendorForm(request.POST if request.method == "POST" else None, initial=initial_of(found))
    if form.is_valid():
        try:
            changed = edit_vendor(slug=slug, fields=form.vendor_fields, by=request.user, now=timezone.now())
        except FieldError as error:
            _refuse(form, error)
        else:
            messages.success(request, f"{changed.name} is changed.")
            return redirect("grants:vendor", slug)
    return _form_page(request, form, heading=f"Change {found.name}", slug=slug)


@page("GET", "POST")
def vendor_close(request: PersonRequest, slug: str) -> HttpResponse:
    """Say first what closing ends; then do it, and on the admin's wish revoke what was picked up."""
    permissions.check_template_admin(request.user)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        data, now = form.cleaned_data, timezone.now()
        try:
            closed = close_vendor(slug=slug, by=request.user, reason=data["reason"], now=now)
            if data["revoke"]:
                deny_tag(kind="vendor", slug=slug, by=request.user, reason=data["reason"], now=now)
        except FieldError as error:
            _refuse(form, error)
        else:
            messages.success(request, f"{closed.name} is closed. Whoever had asked was told why.")
            return redirect("grants:vendor", slug)
    return _act_page(request, "grants/vendors/close.html", slug, form)


@page("GET", "POST")
def vendor_reopen(request: PersonRequest, slug: str) -> HttpResponse:
    """Open a closed vendor again."""
    permissions.check_template_admin(request.user)
    form = ReopenForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            reopen_vendor(slug=slug, by=request.user, now=timezone.now(), **form.cleaned_data)
        except FieldError as error:
            _refuse(form, error)
        else:
            messages.success(request, "The vendor is open again. What was ended stays ended.")
            return redirect("grants:vendor", slug)
    return _act_page(request, "grants/vendors/reopen.html", slug, form)


@page("GET", "POST")
def vendor_revoke(request: PersonRequest, slug: str) -> HttpResponse:
    """Have AWS refuse every session of a vendor."""
    permissions.check_template_admin(request.user)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            done = deny_tag(kind="vendor", slug=slug, by=request.user, now=timezone.now(), **form.cleaned_data)
        except FieldError as error:
            _refuse(form, error)
        else:
            ended = f"{done.ended} grant{'' if done.ended == 1 else 's'} ended"
            messages.success(request, f"{ended}. AWS is told to refuse the rest; this page says when it does.")
            return redirect("grants:vendor", slug)
    return _act_page(request, "grants/vendors/revoke.html", slug, form)


def _view(request: PersonRequest, slug: str) -> VendorView:
    return vendor_view(request.user, queries.vendor_for(request.user, slug), timezone.now())


def _refuse(form: DaypassForm, error: FieldError) -> None:
    """The form asks for a day, the flow for a moment."""
    field = "contract_ends" if error.field == "contract_ends_at" else error.field
    form.refuse(FieldError(field, error.field_sentence))


def _form_page(request: PersonRequest, form: VendorForm, *, heading: str, slug: str = "") -> HttpResponse:
    context = {"form": form, "heading": heading, "slug": slug}
    return render(request, "grants/vendors/form.html", context, status=422 if form.errors else 200)


def _act_page(request: PersonRequest, template: str, slug: str, form: DaypassForm) -> HttpResponse:
    context = {"form": form, "view": _view(request, slug)}
    return render(request, template, context, status=422 if form.errors else 200)
