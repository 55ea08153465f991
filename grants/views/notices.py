"""Everybody chooses the mails they want."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import permissions, queries
from grants.flows.choose_notices import choose_notices
from grants.forms.notices import NoticesForm
from grants.models import User
from grants.policy.notices import DECIDED, ENDINGS, ESCALATED, FAMILIES, MY_REQUESTS, TO_DECIDE, Family
from grants.views.answers import PersonRequest, page

DECIDING: Final = frozenset({TO_DECIDE, DECIDED})
ASKING: Final = frozenset({MY_REQUESTS, ENDINGS})


@page("GET", "POST")
def notices(request: PersonRequest) -> HttpResponse:
    """A box for each family of mails; those about security have none."""
    families = _families_of(request.user)
    form = NoticesForm(
        request.POST if request.method == "POST" else None,
        families=families,
        initial=queries.choices_of(request.user),
    )
    if form.is_valid():
        choose_notices(by=request.user, choices=form.cleaned_data, now=timezone.now())
        messages.success(request, "Saved. It counts from the next mail on.")
        return redirect("grants:notices")
    context = {
        "form": form,
        "families": families,
        "is_approver": permissions.allowed(permissions.check_approver, request.user),
    }
    return render(request, "grants/notices.html", context)


def _families_of(by: User) -> list[Family]:
    """Mails that this person can get at all."""
    keys: frozenset[str] = frozenset()
    if permissions.allowed(permissions.check_approver, by):
        keys |= DECIDING | {ESCALATED}
    if permissions.allowed(permissions.check_template_admin, by):
        keys |= {ESCALATED}
    if by.is_contractor or permissions.allowed(permissions.check_sees_people, by):
        keys |= ASKING
    return [family for family in FAMILIES if family.key in keys]
