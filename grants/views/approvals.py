"""An approver reads, decides, revokes, and lets a failed grant be tried again."""

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import queries
from grants.errors import (
    AlreadySignedError,
    FieldError,
    GrantError,
    GroupSignedError,
    SignatureNeededError,
    SignatureRefusedError,
    StaleSnapshotError,
    WrongStateError,
)
from grants.flows.approve import approve_grant
from grants.flows.deny import deny_grant
from grants.flows.retry import retry_grant
from grants.flows.revoke import revoke_grant
from grants.forms.decisions import DenyForm, RevokeForm, SignForm
from grants.forms.questions import QuestionForm
from grants.forms.queue import QueueForm, ask_of
from grants.lifecycle import State
from grants.models import Grant
from grants.policy.signers import ON_CALL
from grants.presenters.background import background_of
from grants.presenters.pages import card_view
from grants.presenters.questions import thread_for_approver
from grants.presenters.queue import queue_view
from grants.presenters.revoking import revoke_view
from grants.presenters.rows import active_rows
from grants.presenters.signing import signing_view
from grants.presenters.so_far import so_far_view
from grants.presenters.story import since_asked
from grants.views.answers import PersonRequest, page

CHANGED = (
    StaleSnapshotError,
    WrongStateError,
    AlreadySignedError,
    GroupSignedError,
    SignatureNeededError,
    SignatureRefusedError,
)
SEEN = 16
MOVED = (StaleSnapshotError, WrongStateError, AlreadySignedError, GroupSignedError)
REVOKED = {
    State.ISSUING: "Noted. The credentials are thrown away as soon as AWS has answered.",
    State.REVOKED: "The credentials are revoked. If they were picked up, the state of the Deny in AWS is on this page.",
}


@page("GET")
def queue(request: PersonRequest) -> HttpResponse:
    """Everything that waits for this person."""
    now, ask = timezone.now(), ask_of(request.GET)
    found = queries.queue_page(request.user, ask, now)
    filters = QueueForm(initial=asdict(ask))
    filters.offer(found)
    context = {
        "view": queue_view(found, ask, now),
        "filters": filters,
        "show": ask.show,
        "show_order": ask.sort != "oldest",
    }
    return render(request, "grants/approvals/queue.html", context)


@page("GET")
def card(request: PersonRequest, reference: str) -> HttpResponse:
    """One request, as it would be signed."""
    grant = queries.card_for(request.user, reference)
    return card_page(request, grant, DenyForm(initial={"snapshot_hash": grant.snapshot_hash}))


@page("GET")
def so_far(request: PersonRequest, reference: str) -> HttpResponse:
    """The part of the card that says who has signed, for the page that asks for it by itself."""
    grant = queries.so_far_for(request.user, reference)
    asked = thread_for_approver(grant, request.user).asked
    context = {"so_far": so_far_view(grant, asked, request.GET.get("since", "")[:SEEN])}
    return render(request, "grants/approvals/so_far.html", context)


@page("POST")
def approve(request: PersonRequest, reference: str) -> HttpResponse:
    """Sign what was read."""
    form = SignForm(request.POST)
    if not form.is_valid():
        return changed_card(request, reference, StaleSnapshotError())
    read, signed = form.cleaned_data["snapshot_hash"], form.cleaned_data["credential"]
    try:
        grant = approve_grant(
            reference=reference, by=request.user, snapshot_hash=read, now=timezone.now(), assertion=signed
        )
    except CHANGED as error:
        return changed_card(request, reference, error)
    is_whole = grant.state != State.REQUESTED
    messages.success(
        request,
        f"You approved {reference}. The credentials are being issued; the contractor gets the link by mail."
        if is_whole
        else f"You signed {reference}. Others have to sign before anything is issued.",
    )
    return redirect("grants:queue")


@page("POST")
def deny(request: PersonRequest, reference: str) -> HttpResponse:
    """Say no, and why."""
    form = DenyForm(request.POST)
    if form.is_valid():
        try:
            deny_grant(reference=reference, by=request.user, now=timezone.now(), **form.cleaned_data)
        except CHANGED as error:
            return changed_card(request, reference, error)
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, f"You denied {reference}. The contractor gets your reason by mail.")
            return redirect("grants:queue")
    elif "snapshot_hash" in form.errors:
        return changed_card(request, reference, StaleSnapshotError())
    return card_page(request, queries.card_for(request.user, reference), form, status=422)


@page("GET")
def active(request: PersonRequest) -> HttpResponse:
    """What works now or may soon."""
    now = timezone.now()
    rows = active_rows(queries.active_grants_for(request.user), now)
    return render(request, "grants/approvals/active.html", {"rows": rows})


@page("GET", "POST")
def revoke(request: PersonRequest, reference: str) -> HttpResponse:
    """Say first what a revocation does and how long it takes; then do it."""
    form = RevokeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            grant = revoke_grant(reference=reference, by=request.user, now=timezone.now(), **form.cleaned_data)
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, REVOKED.get(State(grant.state), REVOKED[State.REVOKED]))
            return redirect("grants:card", reference)
    view = revoke_view(queries.card_for(request.user, reference))
    status = 422 if form.errors else 200
    return render(request, "grants/approvals/revoke.html", {"view": view, "form": form}, status=status)


@page("POST")
def retry(request: PersonRequest, reference: str) -> HttpResponse:
    """Let the worker try again what AWS refused."""
    retry_grant(reference=reference, by=request.user, now=timezone.now())
    messages.success(request, f"{reference} is tried again now. Its page shows what AWS answers.")
    return redirect("grants:active")


def changed_card(request: PersonRequest, reference: str, error: GrantError) -> HttpResponse:
    """409: the card as it is now, saying what happened since; what was typed is kept for another decision."""
    grant = queries.card_for(request.user, reference)
    form = DenyForm(initial={"snapshot_hash": grant.snapshot_hash, "reason": request.POST.get("reason", "")})
    return card_page(request, grant, form, changed=error, status=error.status)


def card_page(
    request: PersonRequest,
    grant: Grant,
    form: DenyForm,
    *,
    ask: QuestionForm | None = None,
    changed: GrantError | None = None,
    status: int = 200,
) -> HttpResponse:
    """The card with its forms, which keep what was typed."""
    now = timezone.now()
    view, thread = card_view(grant, request.user, now), thread_for_approver(grant, request.user)
    context = {
        "view": view,
        "form": form,
        "ask": ask or QuestionForm(),
        "thread": thread,
        "so_far": so_far_view(grant, thread.asked),
        "changed": changed,
        "since": since_asked(view.steps, now) if isinstance(changed, MOVED) else (),
        "background": background_of(grant, now),
        "is_on_call": grant.state == State.REQUESTED and ON_CALL in request.user.roles,
        "signing": signing_view(grant, request.user),
        "absent": queries.names_of_absent(request.user, grant, now),
    }
    return render(request, "grants/approvals/card.html", context, status=status)
