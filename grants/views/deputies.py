"""An approver names who stands in for them, and ends it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import queries
from grants.errors import FieldError
from grants.flows.deputies import end_deputy, name_deputy
from grants.forms.deputies import DeputyForm
from grants.presenters.deputies import deputy_row
from grants.views.answers import PersonRequest, page


@page("GET", "POST")
def deputies(request: PersonRequest) -> HttpResponse:
    """Who stands in for whom, and the form to name somebody."""
    now, by = timezone.now(), request.user
    form = DeputyForm(request.POST if request.method == "POST" else None, people=queries.possible_deputies(by))
    if form.is_valid():
        try:
            answers = form.answers
            named = name_deputy(by=by, now=now, **{**answers, "deputy_id": UUID(answers["deputy_id"])})
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{named.deputy} stands in for you from now on, and has been told.")
            return redirect("grants:deputies")
    rows = [deputy_row(row, by, now) for row in queries.deputies_of(by)]
    return render(request, "grants/deputies.html", {"form": form, "rows": rows}, status=422 if form.errors else 200)


@page("POST")
def deputy_end(request: PersonRequest, deputy_id: UUID) -> HttpResponse:
    """From now on everybody decides in their own name only."""
    end_deputy(deputy_id=deputy_id, by=request.user, now=timezone.now())
    messages.success(request, "Ended. What was decided stands; the other one has been told.")
    return redirect("grants:deputies")
