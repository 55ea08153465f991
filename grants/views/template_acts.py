"""A template admin acts: tests a draft with STS, publishes it, throws it away, retires what is published."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import queries
from grants.errors import FieldError, FieldErrorsError, NotFoundError
from grants.flows.templates import (
    ask_publication,
    ask_test,
    confirm_publication,
    discard_draft,
    publish_now,
    retire_template,
    review_document,
    what_is_missing,
)
from grants.forms.templates import RetireForm
from grants.presenters.pages import pretty
from grants.presenters.template_panel import finding_rows
from grants.presenters.templates import compare_sides, meter_of
from grants.presenters.unsigned import unsigned_of_review
from grants.queries import Shelf
from grants.views.answers import PersonRequest, page
from grants.views.templates import live_context, windows_context


@page("POST")
def template_test(request: PersonRequest, slug: str) -> HttpResponse:
    """Test with STS; the answer comes to the template's page."""
    ask_test(by=request.user, slug=slug, digest=request.POST.get("digest", ""), now=timezone.now())
    return redirect("grants:template", slug)


@page("POST")
def template_discard(request: PersonRequest, slug: str) -> HttpResponse:
    """Throw the draft away."""
    discard_draft(by=request.user, slug=slug, now=timezone.now())
    messages.success(request, "The draft is gone. What is published stays as it is.")
    return redirect("grants:templates")


@page("GET", "POST")
def template_publish(request: PersonRequest, slug: str) -> HttpResponse:
    """Read it once more, then publish, or ask a second admin to."""
    shelf = queries.shelf_of(request.user, slug)
    if request.method == "POST":
        return _publish(request, slug)
    if shelf.draft is None:
        raise NotFoundError
    try:
        context = _publish_context(request, shelf)
    except FieldErrorsError:  # an issuer switched off since, a group that emptied: the template's page says it
        return redirect("grants:template", slug)
    return render(request, "grants/templates/publish.html", context)


def _publish(request: PersonRequest, slug: str) -> HttpResponse:
    digest, now = request.POST.get("digest", ""), timezone.now()
    if request.POST.get("do") == "ask":
        ask_publication(by=request.user, slug=slug, digest=digest, now=now)
        messages.success(request, "Another template admin has to confirm it. Until then nothing is published.")
        return redirect("grants:template", slug)
    act = confirm_publication if request.POST.get("do") == "confirm" else publish_now
    version = act(by=request.user, slug=slug, digest=digest, now=now)
    messages.success(request, f"Version {version.number} is published. New requests use it from now on.")
    return redirect("grants:template", slug)


def _publish_context(request: PersonRequest, shelf: Shelf) -> dict[str, object]:
    if shelf.draft is None:
        raise NotFoundError
    review = review_document(shelf.draft.document)
    asker, editor = shelf.draft.publication_asked_by, shelf.draft.editor
    return {
        "shelf": shelf,
        "review": review,
        "policy": pretty(review.policy),
        "findings": finding_rows(review),
        "meter": meter_of(queries.newest_test(review.digest), needs_test=review.request is not None),
        "missing": what_is_missing(review),
        "comparison": compare_sides(shelf, str(shelf.newest.number), "draft") if shelf.newest else None,
        "unsigned": unsigned_of_review(review),
        "live": live_context(shelf),
        "windows": windows_context(request, shelf),
        "next_number": shelf.newest.number + 1 if shelf.newest else 1,
        "needs_second": settings.FOUR_EYES_PUBLISHING,
        "may_confirm": asker is not None
        and request.user.person not in {asker.person, editor.person if editor else None},
    }


@page("GET", "POST")
def template_retire(request: PersonRequest, slug: str) -> HttpResponse:
    """Say what it touches, then retire it."""
    shelf = queries.shelf_of(request.user, slug)
    if shelf.template is None or shelf.is_retired:
        raise NotFoundError
    form = RetireForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            retire_template(by=request.user, slug=slug, reason=form.cleaned_data["reason"], now=timezone.now())
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, f"“{shelf.name}” is retired. Nobody can ask for it any more.")
            return redirect("grants:templates")
    windows = windows_context(request, shelf)
    context = {"shelf": shelf, "form": form, "live": live_context(shelf), "windows": windows}
    return render(request, "grants/templates/retire.html", context, status=422 if form.errors else 200)
