"""A template admin previews and publishes."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import queries
from grants.errors import FieldError
from grants.flows.publish import Preview, preview_version, publish_version
from grants.forms.templates import NEW, PARTS, TemplateForm, initial_of
from grants.models import GrantTemplate
from grants.models.person import AUDITORS, TEMPLATE_ADMINS
from grants.presenters.home import template_row
from grants.presenters.pages import pretty
from grants.views.answers import PersonRequest, page


@page("GET")
def templates(request: PersonRequest) -> HttpResponse:
    """Every template."""
    rows = [template_row(template) for template in queries.templates_for_admin(request.user)]
    return render(request, "grants/templates/list.html", {"rows": rows})


@page("GET", "POST")
def template_new(request: PersonRequest) -> HttpResponse:
    """The editor, empty."""
    queries.templates_for_admin(request.user)
    return _edit(request, None, NEW)


@page("GET", "POST")
def template_edit(request: PersonRequest, slug: str) -> HttpResponse:
    """The editor with the newest version."""
    template = queries.editable_template(request.user, slug)
    newest = next(iter(template.versions.all()), None)
    return _edit(request, template, initial_of(template, newest) if newest else NEW)


def _edit(request: PersonRequest, template: GrantTemplate | None, initial: Mapping[str, Any]) -> HttpResponse:
    form = TemplateForm(
        request.POST if request.method == "POST" else None,
        initial=dict(initial),
        groups=_groups(),
        fixed_name=template.name if template else "",
    )
    preview = None
    if form.is_valid():
        try:
            if request.POST.get("do") == "publish":
                return _publish(request, template, form)
            preview = preview_version(by=request.user, fields=form.version_fields)
        except FieldError as error:
            form.refuse(error)
    return _editor_page(request, template, form, preview)


def _publish(request: PersonRequest, template: GrantTemplate | None, form: TemplateForm) -> HttpResponse:
    version = publish_version(
        by=request.user,
        template_id=template.pk if template else None,
        name=form.cleaned_data["name"],
        vendor_ids=form.vendor_ids,
        fields=form.version_fields,
        now=timezone.now(),
    )
    messages.success(request, f"Version {version.number} is published. New requests use it from now on.")
    return redirect("grants:templates")


def _editor_page(
    request: PersonRequest, template: GrantTemplate | None, form: TemplateForm, preview: Preview | None
) -> HttpResponse:
    context = {
        "heading": f"Edit “{template.name}”" if template else "New template",
        "form": form,
        "parts": [{"heading": heading, "fields": [form[name] for name in names]} for heading, names in PARTS],
        "preview": {"sentence": preview.sentence, "policy": pretty(preview.policy), "length": len(preview.policy)}
        if preview
        else None,
        "next_number": max((version.number for version in template.versions.all()), default=0) + 1 if template else 1,
    }
    return render(request, "grants/templates/form.html", context, status=422 if form.errors else 200)


def _groups() -> list[str]:
    """The groups that may sign: every one but those that only write templates or only read."""
    names = Group.objects.exclude(name__in=[AUDITORS, TEMPLATE_ADMINS]).order_by("name")
    return list(names.values_list("name", flat=True))
