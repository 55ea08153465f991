"""Asking before deciding, and answering."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from grants import queries
from grants.errors import FieldError, WrongStateError
from grants.flows.questions import answer_question, ask_question
from grants.forms.decisions import DenyForm
from grants.forms.questions import AnswerForm, QuestionForm
from grants.views.answers import PersonRequest, page
from grants.views.approvals import card_page, changed_card
from grants.views.requests import status_page


@page("POST")
def ask(request: PersonRequest, reference: str) -> HttpResponse:
    """Ask the requester, and leave the request as it is."""
    form = QuestionForm(request.POST)
    if form.is_valid():
        try:
            ask_question(reference=reference, by=request.user, text=form.cleaned_data["question"], now=timezone.now())
        except WrongStateError as error:
            return changed_card(request, reference, error)
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, "Your question is on its way. You get a mail when it is answered.")
            return redirect("grants:card", reference)
    grant = queries.card_for(request.user, reference)
    deny = DenyForm(initial={"snapshot_hash": grant.snapshot_hash})
    return card_page(request, grant, deny, ask=form, status=422)


@page("POST")
def answer(request: PersonRequest, reference: str, question_id: UUID) -> HttpResponse:
    """Answer what an approver asked."""
    form = AnswerForm(request.POST, auto_id=f"id_%s_{question_id}")
    if form.is_valid():
        try:
            answer_question(
                reference=reference,
                question_id=question_id,
                by=request.user,
                text=form.cleaned_data["answer"],
                now=timezone.now(),
            )
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, "Your answer is with the approvers. Your request waits for their decision.")
            return redirect("grants:request_status", reference)
    grant = queries.grant_for_requester(request.user, reference)
    return status_page(request, grant, question_id=question_id, form=form)
