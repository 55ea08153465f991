"""A contractor, or a sponsor for one, asks, checks, sends, follows and withdraws."""

import uuid

from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import queries
from grants.errors import FieldError, NotFoundError
from grants.flows.request import Draft, Requested, draft_request, extend_grant, request_grant
from grants.flows.withdraw import withdraw_grant
from grants.forms.questions import AnswerForm
from grants.forms.requests import RequestForm
from grants.models import Grant, TemplateVersion, User
from grants.policy.sentence import describe_seconds
from grants.presenters.home import offer_of
from grants.presenters.pages import status_view
from grants.presenters.questions import thread_for_requester
from grants.presenters.rows import request_row
from grants.presenters.words import CHECKS, spaced_code
from grants.views.answers import PersonRequest, page

SENT_ONCE = 24 * 3600


@page("GET")
def request_list(request: PersonRequest) -> HttpResponse:
    """My requests."""
    rows = [request_row(grant) for grant in queries.requests_of(request.user)]
    return render(request, "grants/requests/list.html", {"rows": rows})


@page("GET")
def request_new(request: PersonRequest) -> HttpResponse:
    """What I may ask for; a sponsor says first for whom."""
    if request.user.is_staff and not _for(request):
        people = queries.sponsored_contractors(request.user)
        return render(request, "grants/requests/for_whom.html", {"people": people})
    who = _recipient(request)
    offers = [offer_of(version) for version in queries.requestable_templates(who, is_sponsor=who != request.user)]
    context = {"offers": offers, "vendor": who.vendor, **_on_behalf(request, who)}
    return render(request, "grants/requests/new.html", context)


@page("GET", "POST")
def request_form(request: PersonRequest, slug: str) -> HttpResponse:
    """The form; a POST comes back from the check page with what was typed, so that it can be changed."""
    who = _recipient(request)
    version = _offered(request, who, slug)
    typed = request.POST if request.method == "POST" else None
    form = RequestForm(initial=typed.dict() if typed else None, version=version)
    return _form_page(request, form, version, who)


@page("POST")
def request_check(request: PersonRequest, slug: str) -> HttpResponse:
    """Check your answers: nothing is saved yet."""
    who = _recipient(request)
    version = _offered(request, who, slug)
    form = RequestForm(request.POST, version=version)
    draft = _drafted(request.user, who, form, version)
    if draft is None:
        return _form_page(request, form, version, who)
    context = {
        "form": form,
        "offer": offer_of(version),
        "draft": draft,
        "hours": describe_seconds(draft.asking.seconds),
    }
    context |= {"check": CHECKS[version.pickup_check], **_on_behalf(request, who)}
    return render(request, "grants/requests/check.html", context)


@page("POST")
def request_send(request: PersonRequest, slug: str) -> HttpResponse:
    """Send it. The pickup code is in this answer and in no other, so there is no redirect to reload."""
    who = _recipient(request)
    version = _offered(request, who, slug)
    form = RequestForm(request.POST, version=version)
    if not form.is_valid():
        return _form_page(request, form, version, who)
    once = f"request:{request.user.pk}:{form.cleaned_data['key']}"
    try:
        # One transaction with the grant: what fails, even with its database, leaves the form as good as unsent.
        with transaction.atomic():
            if not cache.add(once, uuid.uuid4().hex, SENT_ONCE):
                return render(request, "grants/requests/already_sent.html", status=409)
            requested = request_grant(
                by=request.user,
                recipient=who,
                template_id=version.template_id,
                now=timezone.now(),
                **form.answers,
            )
    except FieldError as error:
        form.refuse(error)
        return _form_page(request, form, version, who)
    return _sent_page(request, requested, _on_behalf(request, who))


@page("POST")
def request_extend(request: PersonRequest, reference: str) -> HttpResponse:
    """Ask for the same again, from the end of this one on. Its code, too, is in this answer and in no other."""
    try:
        requested = extend_grant(reference=reference, by=request.user, now=timezone.now())
    except FieldError as error:
        messages.error(request, f"{error.field_sentence} Ask with the form instead.")
        return redirect("grants:request_status", reference)
    return _sent_page(request, requested, {})


def _sent_page(request: PersonRequest, requested: Requested, more: dict[str, object]) -> HttpResponse:
    grant = requested.grant
    context = {
        "reference": grant.reference,
        "sentence": request_row(grant).sentence,
        "hours": describe_seconds(grant.seconds),
        "starts_at": grant.starts_at,
        "check": CHECKS[grant.template_version.pickup_check],
        "code": spaced_code(requested.code_plaintext),
        "window": grant.window,
        "window_note": grant.window_note,
        **more,
    }
    return render(request, "grants/requests/sent.html", context)


@page("GET")
def request_status(request: PersonRequest, reference: str) -> HttpResponse:
    """Where one request is."""
    return status_page(request, queries.grant_for_requester(request.user, reference))


def status_page(
    request: PersonRequest, grant: Grant, *, question_id: uuid.UUID | None = None, form: AnswerForm | None = None
) -> HttpResponse:
    """The same page; ``form`` is what was typed as an answer to a question, and why it did not do."""
    asked = thread_for_requester(grant)
    forms = {each.id: AnswerForm(auto_id=f"id_%s_{each.id}") for each in asked if each.is_open}
    if form and question_id in forms:
        forms[question_id] = form
    context = {
        "view": status_view(grant, timezone.now()),
        "thread": [(each, forms.get(each.id)) for each in asked],
        "form": form,
    }
    return render(request, "grants/requests/status.html", context, status=422 if form else 200)


@page("POST")
def request_withdraw(request: PersonRequest, reference: str) -> HttpResponse:
    """Take an undecided request back."""
    withdraw_grant(reference=reference, by=request.user, now=timezone.now())
    messages.success(request, "Your request is withdrawn. Nobody has to decide on it any more.")
    return redirect("grants:request_status", reference)


def _for(request: PersonRequest) -> str:
    """Whom a sponsor asks for, in the address of every step."""
    return request.GET.get("for", "")


def _recipient(request: PersonRequest) -> User:
    return queries.recipient_for(request.user, _for(request))


def _on_behalf(request: PersonRequest, who: User) -> dict[str, object]:
    """What the pages of a request say when somebody else picks it up, and what their addresses carry along."""
    if who == request.user:
        return {"behalf": None, "for_query": ""}
    return {"behalf": who, "for_query": f"?for={who.pk}"}


def _offered(request: PersonRequest, who: User, slug: str) -> TemplateVersion:
    for version in queries.requestable_templates(who, is_sponsor=who != request.user):
        if version.template.slug == slug:
            return version
    raise NotFoundError


def _drafted(by: User, who: User, form: RequestForm, version: TemplateVersion) -> Draft | None:
    """The draft, or None with the reason at its field."""
    if not form.is_valid():
        return None
    try:
        return draft_request(by=by, recipient=who, template_id=version.template_id, now=timezone.now(), **form.answers)
    except FieldError as error:
        form.refuse(error)
        return None


def _form_page(request: PersonRequest, form: RequestForm, version: TemplateVersion, who: User) -> HttpResponse:
    context = {"form": form, "offer": offer_of(version), **_on_behalf(request, who)}
    return render(request, "grants/requests/form.html", context, status=422 if form.errors else 200)
