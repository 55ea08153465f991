"""Stop a person at once, see what they still hold, and take it away."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import permissions, queries
from grants.errors import FieldError
from grants.flows.people import freeze_person, revoke_held
from grants.forms.people import FreezeForm, HeldForm
from grants.models import User
from grants.presenters.people import held_row
from grants.presenters.rows import request_row
from grants.views.answers import PersonRequest, page


@page("GET", "POST")
def freeze(request: PersonRequest, user_id: UUID) -> HttpResponse:
    """What freezing does, and the form; of somebody who is frozen, what is left to do."""
    person = queries.person_to_freeze(request.user, user_id)
    form = FreezeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            freeze_person(user_id=user_id, by=request.user, now=timezone.now(), **form.cleaned_data)
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(
                request, f"{person.email} is frozen: signed out everywhere, and what was not used has ended."
            )
            return redirect("grants:freeze", user_id)
    return _person_page(request, person, form)


@page("POST")
def held(request: PersonRequest, user_id: UUID) -> HttpResponse:
    """Revoke some or all of it."""
    person = queries.person_to_freeze(request.user, user_id)
    form = HeldForm(request.POST, references=_references(person))
    if form.is_valid():
        try:
            ended = revoke_held(user_id=user_id, by=request.user, now=timezone.now(), **form.cleaned_data)
        except FieldError as error:
            form.refuse(error)
        else:
            words = "1 grant is" if ended == 1 else f"{ended} grants are"
            messages.success(request, f"{words} revoked. AWS refuses what was picked up within minutes.")
            return redirect("grants:freeze", user_id)
    return _person_page(request, person, form)


def _references(person: User) -> list[str]:
    return [grant.reference for grant in queries.held_by(person)]


def _person_page(request: PersonRequest, person: User, form: FreezeForm | HeldForm) -> HttpResponse:
    now = timezone.now()
    rows = [held_row(grant, person, now) for grant in queries.held_by(person)]
    if person.frozen_at and not form.is_bound:
        everything = [row.grant.reference for row in rows]
        form = HeldForm(references=everything, initial={"references": everything})
    context = {
        "form": form,
        "person": person,
        "rows": rows,
        "signed": [request_row(grant) for grant in queries.undecided_signed_by(person)],
        "is_admin": permissions.allowed(permissions.check_template_admin, request.user),
    }
    return render(request, "grants/people/freeze.html", context, status=422 if form.errors else 200)
