"""Sponsors answer for their vendor's people, template admins for everybody's accounts."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import permissions, queries
from grants.errors import FieldError
from grants.flows.people import (
    admit_contractor,
    ask_change,
    confirm_change,
    dismiss_contractor,
    invite_contractor,
    refuse_change,
    withdraw_invitation,
)
from grants.forms.people import ChangeForm, DismissForm, InviteForm
from grants.presenters.people import change_view, staff_row
from grants.views.answers import PersonRequest, page


@page("GET")
def people(request: PersonRequest) -> HttpResponse:
    """Who there is: of the vendors one answers for, and for an admin all staff."""
    now, by = timezone.now(), request.user
    is_admin = permissions.allowed(permissions.check_template_admin, by)
    context = {
        "vendors": queries.people_of_vendors(by, now),
        "is_admin": is_admin,
        "frozen": queries.frozen_staff(by) if is_admin else [],
        "staff": [staff_row(user) for user in queries.staff_for_admin(by)] if is_admin else [],
        "changes": [change_view(change, by, now) for change in queries.open_changes(by, now)] if is_admin else [],
    }
    return render(request, "grants/people/list.html", context)


@page("GET", "POST")
def invite(request: PersonRequest) -> HttpResponse:
    """Invite a contractor."""
    vendors = queries.vendors_of(request.user)
    form = InviteForm(
        request.POST if request.method == "POST" else None,
        vendors=vendors,
        initial={"vendor": request.GET.get("vendor", "")},
    )
    if form.is_valid():
        data = form.cleaned_data
        try:
            invitation = invite_contractor(
                by=request.user,
                vendor_id=UUID(data["vendor"]),
                email=data["email"],
                full_name=data["full_name"],
                now=timezone.now(),
            )
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{invitation.email} is invited. The mail says how to sign in.")
            return redirect("grants:people")
    return render(request, "grants/people/invite.html", {"form": form}, status=422 if form.errors else 200)


@page("POST")
def uninvite(request: PersonRequest, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    withdraw_invitation(invitation_id=invitation_id, by=request.user, now=timezone.now())
    messages.success(request, "The invitation is taken back.")
    return redirect("grants:people")


@page("POST")
def admit(request: PersonRequest, user_id: UUID) -> HttpResponse:
    """Let somebody in who came by their vendor's domain."""
    user = admit_contractor(user_id=user_id, by=request.user, now=timezone.now())
    messages.success(request, f"{user.email} may ask for access now, and was told so.")
    return redirect("grants:people")


@page("GET", "POST")
def dismiss(request: PersonRequest, user_id: UUID) -> HttpResponse:
    """Close a contractor's account; first say what that ends."""
    user = queries.contractor_for(request.user, user_id)
    form = DismissForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            dismiss_contractor(user_id=user_id, by=request.user, now=timezone.now(), **form.cleaned_data)
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, f"The account of {user.email} is closed.")
            return redirect("grants:people")
    context = {"form": form, "person": user}
    return render(request, "grants/people/dismiss.html", context, status=422 if form.errors else 200)


@page("GET", "POST")
def change_new(request: PersonRequest) -> HttpResponse:
    """Ask for a change of a staff account."""
    permissions.check_template_admin(request.user)
    form = ChangeForm(
        request.POST if request.method == "POST" else None,
        roles=queries.role_names(),
        initial={"email": request.GET.get("email", ""), "kind": request.GET.get("kind", "")},
    )
    if form.is_valid():
        try:
            ask_change(wanted=form.wanted, by=request.user, reason=form.cleaned_data["reason"], now=timezone.now())
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, "Asked. Nothing changes until another template admin confirms it.")
            return redirect("grants:people")
    return render(request, "grants/people/change_new.html", {"form": form}, status=422 if form.errors else 200)


@page("GET", "POST")
def change(request: PersonRequest, change_id: UUID) -> HttpResponse:
    """Read a change, then confirm or refuse it."""
    now, by = timezone.now(), request.user
    if request.method == "POST" and request.POST.get("do") == "confirm":
        confirm_change(change_id=change_id, by=by, now=now)
        messages.success(request, "Done. The person was told by mail.")
        return redirect("grants:people")
    if request.method == "POST":
        refuse_change(change_id=change_id, by=by, now=now)
        messages.success(request, "Refused. Nothing was changed.")
        return redirect("grants:people")
    view = change_view(queries.change_for(by, change_id), by, now)
    return render(request, "grants/people/change.html", {"view": view})
