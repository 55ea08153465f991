"""Approving alone in an emergency, and what others say of it afterwards."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import permissions, queries
from grants.errors import FieldError, SignatureNeededError, SignatureRefusedError, StaleSnapshotError, WrongStateError
from grants.flows.approve import approve_alone
from grants.flows.review import review_emergency
from grants.forms.emergencies import EmergencyForm, ReviewForm
from grants.models.emergency import Judgement
from grants.policy.signers import ON_CALL
from grants.presenters.signing import signing_view
from grants.presenters.words import sentence_of
from grants.views.answers import PersonRequest, page
from grants.views.approvals import changed_card


@page("GET", "POST")
def emergency(request: PersonRequest, reference: str) -> HttpResponse:
    """What it means first; then one signature instead of all."""
    permissions.check_on_call(request.user)
    grant = queries.card_for(request.user, reference)
    permissions.check_not_bound(request.user, grant)
    initial = {"snapshot_hash": grant.snapshot_hash}
    form = EmergencyForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and "snapshot_hash" in form.errors:
        return changed_card(request, reference, StaleSnapshotError())
    if form.is_valid():
        try:
            _approve(request, reference, form)
        except (StaleSnapshotError, WrongStateError) as error:
            return changed_card(request, reference, error)
        except (SignatureNeededError, SignatureRefusedError) as error:
            form.add_error(None, f"{error.sentence} {error.way_on}")
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, f"You approved {reference} alone. Everybody who answers for it has been told.")
            return redirect("grants:card", reference)
    context = {
        "form": form,
        "reference": reference,
        "sentence": sentence_of(grant),
        "has_signed": not permissions.allowed(permissions.check_has_not_signed, request.user, grant),
        "signing": signing_view(grant, request.user, ON_CALL),
    }
    return render(request, "grants/approvals/emergency.html", context, status=422 if form.errors else 200)


def _approve(request: PersonRequest, reference: str, form: EmergencyForm) -> None:
    data = form.cleaned_data
    approve_alone(
        reference=reference,
        by=request.user,
        snapshot_hash=data["snapshot_hash"],
        reason=data["reason"],
        now=timezone.now(),
        assertion=data["credential"],
    )


@page("GET")
def reviews(request: PersonRequest) -> HttpResponse:
    """Everything that was approved alone; what nobody has looked at first."""
    rows = queries.emergencies(request.user)
    return render(request, "grants/approvals/reviews.html", {"rows": rows})


@page("GET", "POST")
def review(request: PersonRequest, reference: str) -> HttpResponse:
    """Whether it was an emergency, in the word of somebody else."""
    grant = queries.review_for(request.user, reference)
    decision = queries.emergency_of(grant)
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            review_emergency(
                reference=reference,
                by=request.user,
                judgement=Judgement(data["judgement"]),
                note=data["note"],
                now=timezone.now(),
            )
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, "Your review is on record, and everybody concerned has been told.")
            return redirect("grants:reviews")
    context = {"form": form, "grant": grant, "decision": decision, "sentence": sentence_of(grant)}
    context["can_review"] = permissions.allowed(permissions.check_reviews, request.user, decision)
    return render(request, "grants/approvals/review.html", context, status=422 if form.errors else 200)
