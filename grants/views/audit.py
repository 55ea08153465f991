"""An auditor searches, and reads a grant's whole story."""

from django.http import HttpResponse
from django.shortcuts import render

from grants import queries
from grants.flows.verify_audit import verify_rows
from grants.forms.audit import SearchForm
from grants.presenters.audit import chain_view, found_row, head_view, story_view
from grants.views.answers import PersonRequest, page

SHOWN = 100


@page("GET")
def audit(request: PersonRequest) -> HttpResponse:
    """Every grant, or what matches."""
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    found = list(queries.search_grants(request.user, words)[: SHOWN + 1])
    context = {
        "form": form,
        "query": words,
        "rows": [found_row(grant) for grant in found[:SHOWN]],
        "more": len(found) > SHOWN,
        "chain": head_view(),
    }
    return render(request, "grants/audit/list.html", context)


@page("GET")
def story(request: PersonRequest, reference: str) -> HttpResponse:
    """One grant from the first click to the last audit row."""
    grant = queries.story_of(request.user, reference)
    events = list(queries.audit_rows(request.user, reference))
    personal = queries.personal_values(request.user, events)
    breaks = [(each.seq, each.what) for each in verify_rows(events=events)]
    context = {"view": story_view(grant, events, personal), "chain": chain_view(len(events), breaks)}
    return render(request, "grants/audit/story.html", context)
