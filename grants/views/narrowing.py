"""An approver makes a request smaller instead of denying it."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import policies, queries
from grants.errors import FieldError, StaleSnapshotError, WrongStateError
from grants.flows.narrow import narrow_grant
from grants.forms.decisions import NarrowForm
from grants.models import Grant
from grants.views.answers import PersonRequest, page
from grants.views.approvals import changed_card

CHANGED: Final = (StaleSnapshotError, WrongStateError)


@page("GET", "POST")
def narrow(request: PersonRequest, reference: str) -> HttpResponse:
    """What is there, to take from; then the card again, with a fresh fingerprint to sign."""
    grant = queries.decidable_for(request.user, reference)
    form = NarrowForm(
        request.POST if request.method == "POST" else None,
        snapshot=policies.read_snapshot(grant),
        shortest=grant.template_version.min_seconds,
        initial={"snapshot_hash": grant.snapshot_hash},
    )
    try:
        policies.check_undecided(grant)
        if form.is_bound:
            policies.check_snapshot_hash(grant, form["snapshot_hash"].value())
        if form.is_valid():
            _narrow(request, reference, form)
            messages.success(request, f"{reference} is smaller now, and undecided. Read it once more and sign it.")
            return redirect("grants:card", reference)
    except CHANGED as error:
        return changed_card(request, reference, error)
    except FieldError as error:
        form.refuse(error)
    return _page(request, grant, form)


def _narrow(request: PersonRequest, reference: str, form: NarrowForm) -> None:
    narrow_grant(
        reference=reference,
        by=request.user,
        snapshot_hash=form.cleaned_data["snapshot_hash"],
        wanted=form.smaller,
        reason=form.cleaned_data["reason"],
        now=timezone.now(),
    )


def _page(request: PersonRequest, grant: Grant, form: NarrowForm) -> HttpResponse:
    context = {
        "form": form,
        "reference": grant.reference,
        "sentence": policies.read_snapshot(grant).sentence,
        "signed": len(policies.signatures_of(grant, timezone.now())),
    }
    return render(request, "grants/approvals/narrow.html", context, status=422 if form.errors else 200)
