"""Template admins keep the webhooks and read what became of each message."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import permissions, queries
from grants.errors import FieldError
from grants.flows.webhooks import make_webhook, stop_webhook, try_webhook
from grants.forms.webhooks import WebhookForm
from grants.views.answers import PersonRequest, page


@page("GET")
def webhooks(request: PersonRequest) -> HttpResponse:
    """Every webhook."""
    return render(request, "grants/webhooks/list.html", {"rows": queries.webhooks_for(request.user)})


@page("GET", "POST")
def webhook_new(request: PersonRequest) -> HttpResponse:
    """Make one. The secret is in this answer and in no other, so there is no redirect to reload."""
    permissions.check_template_admin(request.user)
    form = WebhookForm(request.POST if request.method == "POST" else None, groups=queries.role_names())
    if form.is_valid():
        try:
            made = make_webhook(by=request.user, now=timezone.now(), **form.cleaned_data)
        except FieldError as error:
            form.refuse(error)
        else:
            context = {"webhook": made.webhook, "secret": made.secret}
            return render(request, "grants/webhooks/made.html", context)
    return render(request, "grants/webhooks/form.html", {"form": form}, status=422 if form.errors else 200)


@page("GET")
def webhook(request: PersonRequest, webhook_id: UUID) -> HttpResponse:
    """One webhook with its log."""
    hook = queries.webhook_for(request.user, webhook_id)
    return render(request, "grants/webhooks/detail.html", {"webhook": hook, "log": queries.log_of(hook)})


@page("POST")
def webhook_test(request: PersonRequest, webhook_id: UUID) -> HttpResponse:
    """Send a test."""
    try_webhook(webhook_id=webhook_id, by=request.user, now=timezone.now())
    messages.success(request, "A test is on its way. The log below shows within seconds what the receiver answered.")
    return redirect("grants:webhook", webhook_id)


@page("POST")
def webhook_stop(request: PersonRequest, webhook_id: UUID) -> HttpResponse:
    """Stop it for good."""
    hook = stop_webhook(webhook_id=webhook_id, by=request.user, now=timezone.now())
    messages.success(request, f"{hook.name} is stopped. Its log stays.")
    return redirect("grants:webhook", webhook_id)
