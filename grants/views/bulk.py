"""Approving several requests of one template: read together, signed one by one, each on its own."""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from grants import policies, queries
from grants.errors import FieldError, GrantError
from grants.flows.approve import approve_grant
from grants.forms.bulk import BulkForm
from grants.lifecycle import State
from grants.presenters.bulk import BulkRow, Outcome, bulk_rows
from grants.views.answers import PersonRequest, page


@page("POST")
def bulk(request: PersonRequest) -> HttpResponse:
    """First the page with all of them; then, with a fresh second factor, a decision on each, and what became of it."""
    now, form = timezone.now(), BulkForm(request.POST)
    read: dict[str, str] = form.cleaned_data["item"] if form.is_valid() else {}
    grants = queries.cards_among(request.user, read)
    try:
        policies.check_alike(grants)
    except FieldError as error:
        form.refuse(error)
    if not form.errors and request.POST.get("do") == "approve":
        outcomes = [_approve(request, reference, digest, now) for reference, digest in read.items()]
        return render(request, "grants/approvals/bulk_done.html", {"outcomes": outcomes})
    return _page(request, () if form.errors else bulk_rows(grants, read, now), form)


def _approve(request: PersonRequest, reference: str, snapshot_hash: str, now: datetime) -> Outcome:
    """Its own transaction; a refusal of one is no other's."""
    try:
        grant = approve_grant(reference=reference, by=request.user, snapshot_hash=snapshot_hash, now=now)
    except GrantError as error:
        return Outcome(reference, f"{error.sentence} {error.way_on}".strip(), "bad")
    is_whole = grant.state != State.REQUESTED
    return Outcome(reference, "Approved; it is being issued." if is_whole else "Signed; others still have to.", "good")


def _page(request: PersonRequest, rows: tuple[BulkRow, ...], form: BulkForm) -> HttpResponse:
    left = [each for each in rows if each.is_as_read]
    context = {"rows": rows, "left": left, "form": form}
    return render(request, "grants/approvals/bulk.html", context, status=422 if form.errors else 200)
