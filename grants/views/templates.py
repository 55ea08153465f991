"""A template admin reads: every template, one of them, two versions side by side, one as a file."""

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from grants import queries
from grants.errors import FieldErrorsError, NotFoundError
from grants.flows.templates import Review, review_document, what_is_missing
from grants.policy.template import document_of, to_yaml
from grants.policy.template.fields import WORDS
from grants.policy.template.value import KINDS
from grants.presenters.pages import pretty
from grants.presenters.template_panel import Asked, answer_to, finding_rows
from grants.presenters.template_standing import standing_of
from grants.presenters.templates import (
    compare_sides,
    estimate_of,
    live_rows,
    meter_of,
    said,
    shelf_rows,
    sides_of,
    version_rows,
)
from grants.presenters.unsigned import unsigned_of_version
from grants.presenters.windows import StandingWindow, standing_windows
from grants.queries import Shelf
from grants.views.answers import PersonRequest, page

KIND_WORDS = {
    "bucket": "The same folder in one or more buckets, and what may be done there.",
    "shared": "Reading those objects of a folder that carry a partner's tag.",
    "managed": "Managed policies that AWS or your account keeps, and one of your own beside them where you want.",
    "session": "All rights of one dedicated IAM user, with a code of its MFA device.",
    "custom": "A policy that you write, under the same checks as everything else.",
}


@page("GET")
def templates(request: PersonRequest) -> HttpResponse:
    """Every template."""
    rows, retired = shelf_rows(queries.shelves(request.user))
    return render(request, "grants/templates/list.html", {"rows": rows, "retired": retired})


@page("GET")
def template_new(request: PersonRequest) -> HttpResponse:
    """Which kind it shall be."""
    queries.shelves(request.user)
    kinds = [(kind, WORDS[kind], KIND_WORDS[kind]) for kind in KINDS]
    return render(request, "grants/templates/kinds.html", {"kinds": kinds})


@page("GET")
def template(request: PersonRequest, slug: str) -> HttpResponse:
    """One template: its draft and what it lacks, its versions, and what it would allow."""
    shelf = queries.shelf_of(request.user, slug)
    asked = Asked(request.GET.get("action", ""), request.GET.get("object", ""), request.GET.get("tag", ""))
    review, wrong = _reviewed(shelf)
    newest = shelf.newest
    context = {
        "shelf": shelf,
        "draft": _draft_context(shelf, review),
        "wrong": wrong,
        "said": said(queries.template_of(newest)) if newest else [],
        "unsigned": unsigned_of_version(newest) if newest else None,
        "versions": version_rows(shelf),
        "standing": standing_of(shelf, timezone.now()),
        "sides": sides_of(shelf),
        "asked": asked,
        "answer": answer_to(newest.scope, replace(asked, partition=newest.issuer.partition)) if newest else None,
        "can_try": newest is not None and newest.kind != "session",
    }
    return render(request, "grants/templates/detail.html", context)


@page("GET")
def template_compare(request: PersonRequest, slug: str) -> HttpResponse:
    """Two versions side by side, or a version and the draft."""
    shelf = queries.shelf_of(request.user, slug)
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    comparison = compare_sides(shelf, before, after)
    if comparison is None:
        raise NotFoundError
    context = {"shelf": shelf, "comparison": comparison, "sides": sides_of(shelf), "before": before, "after": after}
    return render(request, "grants/templates/compare.html", context)


@page("GET")
def template_export(request: PersonRequest, slug: str) -> HttpResponse:
    """The draft or a version as a file for `manage.py templates`."""
    shelf = queries.shelf_of(request.user, slug)
    which = request.GET.get("version", "")
    if which == "draft" and shelf.draft:
        document = document_of_draft(shelf)
    else:
        wanted = [version for version in shelf.versions if which in ("", str(version.number))]
        if not wanted:
            raise NotFoundError
        document = document_of(queries.template_of(wanted[0]))
    response = HttpResponse(to_yaml(document), content_type="application/yaml; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{slug}.yaml"'
    return response


def document_of_draft(shelf: Shelf) -> dict[str, object]:
    """In the order of the fields, which JSON in the database does not keep."""
    if shelf.draft is None:
        raise NotFoundError
    try:
        return document_of(review_document(shelf.draft.document).template)
    except FieldErrorsError:
        return dict(shelf.draft.document)


@page("GET")
def template_meter(request: PersonRequest, slug: str) -> HttpResponse:
    """The meter alone, for the page that waits for STS."""
    shelf = queries.shelf_of(request.user, slug)
    review, _ = _reviewed(shelf)
    return render(request, "grants/templates/draft_size.html", {"shelf": shelf, "draft": _draft_context(shelf, review)})


def _reviewed(shelf: Shelf) -> tuple[Review | None, FieldErrorsError | None]:
    """The draft looked at again: an issuer may have been switched off since it was saved."""
    if shelf.draft is None:
        return None, None
    try:
        return review_document(shelf.draft.document), None
    except FieldErrorsError as error:
        return None, error


def _draft_context(shelf: Shelf, review: Review | None) -> dict[str, object] | None:
    if review is None:
        return None
    missing = what_is_missing(review)
    rows = finding_rows(review)
    return {
        "review": review,
        "policy": pretty(review.policy),
        "findings": rows,
        "meter": meter_of(queries.newest_test(review.digest), needs_test=review.request is not None),
        "estimate": estimate_of(review),
        "needs_test": review.request is not None,
        "missing": missing,
        "lacks_reasons": bool(review.unexplained),
        "before": str(shelf.newest.number) if shelf.newest else "",
    }


def windows_context(request: PersonRequest, shelf: Shelf) -> tuple[StandingWindow, ...]:
    """The pre-approved windows that a retirement or a newer version stops."""
    return standing_windows(shelf.template, request.user, timezone.now()) if shelf.template else ()


def live_context(shelf: Shelf) -> list[object]:
    """What of it is asked for, on its way or working."""
    grants = queries.live_grants_of_template(shelf.template) if shelf.template else []
    return list(live_rows(grants, timezone.now()))
