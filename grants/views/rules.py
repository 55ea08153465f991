"""How much may be asked for, and who is told when nobody decides."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import permissions, queries
from grants.errors import FieldError
from grants.flows.set_rule import set_rule
from grants.forms.rules import RuleForm
from grants.models import GrantTemplate
from grants.presenters.rules import rule_rows
from grants.views.answers import PersonRequest, page


@page("GET")
def rules(request: PersonRequest) -> HttpResponse:
    """Every limit there is."""
    permissions.check_template_admin(request.user)
    return render(request, "grants/rules/list.html", {"rows": rule_rows(request.user)})


@page("GET", "POST")
def rule_person(request: PersonRequest) -> HttpResponse:
    """What one person may have and ask for."""
    permissions.check_template_admin(request.user)
    return _edit(request, None)


@page("GET", "POST")
def rule_template(request: PersonRequest, slug: str) -> HttpResponse:
    """What everybody together may have and ask for of one template."""
    return _edit(request, queries.editable_template(request.user, slug))


def _edit(request: PersonRequest, template: GrantTemplate | None) -> HttpResponse:
    rule = queries.rule_of(template)
    form = RuleForm(
        request.POST if request.method == "POST" else None,
        groups=queries.role_names() if template else None,
        initial={"live_max": rule.live_max, "daily_max": rule.daily_max, "escalate_to": rule.escalate_to},
    )
    if form.is_valid():
        try:
            set_rule(template_id=template.pk if template else None, by=request.user, now=timezone.now(), **form.answers)
        except FieldError as error:
            form.refuse(error)
        else:
            messages.success(request, "Saved. It counts from the next request on.")
            return redirect("grants:rules")
    context = {"form": form, "template": template}
    return render(request, "grants/rules/form.html", context, status=422 if form.errors else 200)
