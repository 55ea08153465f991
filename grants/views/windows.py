"""Approvers draw up, sign and close pre-approved windows; auditors read them."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import permissions, queries
from grants.errors import (
    FieldError,
    GrantError,
    SignatureNeededError,
    SignatureRefusedError,
    WindowMovedError,
    WindowSignedError,
)
from grants.flows.windows import close_window, draw_up_window, sign_window
from grants.forms.decisions import SignForm
from grants.forms.windows import CloseForm, WindowForm, WindowStartForm
from grants.presenters.windows import window_row, window_view
from grants.views.answers import PersonRequest, page

CHANGED: Final = (WindowMovedError, WindowSignedError, SignatureNeededError, SignatureRefusedError)


@page("GET")
def windows(request: PersonRequest) -> HttpResponse:
    """Every window that concerns this person."""
    now = timezone.now()
    rows = [window_row(window, now) for window in queries.windows_for(request.user)]
    can_open = permissions.allowed(permissions.check_approver, request.user)
    return render(request, "grants/windows/list.html", {"rows": rows, "can_open": can_open})


@page("GET", "POST")
def window_new(request: PersonRequest) -> HttpResponse:
    """First of what and for whose people, in the address; then who, how much and until when."""
    now, by = timezone.now(), request.user
    start = WindowStartForm(request.GET if "template" in request.GET else None, **queries.windows_to_offer(by, now))
    if not start.is_valid():
        return render(request, "grants/windows/start.html", {"form": start}, status=422 if start.errors else 200)
    version = queries.version_to_open(by, start.cleaned_data["template"])
    vendor = queries.vendor_to_open(version, start.cleaned_data["vendor"], now)
    people = queries.possible_recipients(vendor, by)
    form = WindowForm(request.POST if request.method == "POST" else None, version=version, people=people)
    if form.is_valid():
        try:
            window = draw_up_window(wanted=form.wanted(version, vendor), by=by, now=now)
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, "Nothing is open yet: read it once more, and sign it.")
            return redirect("grants:window", window.reference)
    context = {"form": form, "version": version, "vendor": vendor, "people": people}
    return render(request, "grants/windows/new.html", context, status=422 if form.errors else 200)


@page("GET")
def window(request: PersonRequest, reference: str) -> HttpResponse:
    """One window, as it would be signed or was."""
    return _page(request, reference)


@page("POST")
def window_sign(request: PersonRequest, reference: str) -> HttpResponse:
    """Sign what was read."""
    form = SignForm(request.POST)
    if not form.is_valid():
        return _page(request, reference, WindowMovedError())
    read, signed = form.cleaned_data["snapshot_hash"], form.cleaned_data["credential"]
    try:
        signed_window = sign_window(
            reference=reference, by=request.user, text_hash=read, now=timezone.now(), assertion=signed
        )
    except CHANGED as error:
        return _page(request, reference, error)
    messages.success(
        request,
        "The window is open. Its people have been told that they need not wait."
        if signed_window.opened_at
        else "You signed. Others have to sign before the window opens.",
    )
    return redirect("grants:window", reference)


@page("GET", "POST")
def window_close(request: PersonRequest, reference: str) -> HttpResponse:
    """Say first what that does; then do it."""
    found = queries.window_for(request.user, reference)
    permissions.check_may_close_window(request.user, found)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            close_window(reference=reference, by=request.user, now=timezone.now(), **form.cleaned_data)
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(
                request, "The window is closed. What was picked up under it works on; revoke that by itself."
            )
            return redirect("grants:window", reference)
    context = {"form": form, "view": window_view(found, request.user, timezone.now())}
    return render(request, "grants/windows/close.html", context, status=422 if form.errors else 200)


def _page(request: PersonRequest, reference: str, changed: GrantError | None = None) -> HttpResponse:
    """The window as it is now; ``changed`` says why what was sent did nothing."""
    found = queries.window_for(request.user, reference)
    context = {"view": window_view(found, request.user, timezone.now()), "changed": changed}
    return render(request, "grants/windows/detail.html", context, status=changed.status if changed else 200)
