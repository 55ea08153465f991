"""The first page of every role."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from grants import queries
from grants.presenters.at_a_glance import glances_for
from grants.presenters.home import tiles_for
from grants.presenters.rows import request_row
from grants.views.answers import PersonRequest, page

LATEST = 5


@page("GET")
def home(request: PersonRequest) -> HttpResponse:
    """What this person should look at, and the first few of it."""
    latest = queries.requests_of(request.user)[:LATEST] if request.user.is_contractor else []
    context = {
        "tiles": tiles_for(request.user),
        "rows": [request_row(grant) for grant in latest],
        "glances": glances_for(request.user, timezone.now()),
    }
    return render(request, "grants/home.html", context)
