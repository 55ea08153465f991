"""A template admin writes: the editor, its live preview, and saving what stands as a draft."""

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from grants import queries
from grants.errors import FieldErrorsError, NotFoundError
from grants.flows.templates import ask_test, preview_document, save_draft
from grants.forms.templates import Choices, TemplateForm
from grants.models import Issuer, Vendor
from grants.models.issuer import IssuerKind
from grants.models.person import AUDITORS, TEMPLATE_ADMINS
from grants.policy.signers import ON_CALL
from grants.policy.template import document_of
from grants.policy.template.fields import WORDS
from grants.policy.template.value import KINDS, WHO_ASKS
from grants.presenters.template_panel import Asked, Panel, panel_of, shapeless_panel, wrong_panel
from grants.queries import Shelf
from grants.views.answers import PersonRequest, page

SAVES: Final = ("save", "test")
NEW: Final[Mapping[str, Any]] = {
    "actions": ["s3:ListBucket", "s3:GetObject"],
    "https_only": True,
    "who_asks": list(WHO_ASKS),
    "min_hours": 0.25,
    "default_hours": 1,
    "max_hours": 4,
    "consecutive_hours": 0,
    "signers": {"approvers": 1},
    "pickup_check": "requester_code",
    "link_hours": 4,
    "mint": "on_approval",
    "tag_key": "Partner",
    "tag_value": "{vendor}",
}


@page("GET", "POST")
def template_write(request: PersonRequest, kind: str) -> HttpResponse:
    """The editor of a new template of one kind."""
    queries.shelves(request.user)
    if kind not in KINDS:
        raise NotFoundError
    return _edit(request, None, kind, {**NEW, "kind": kind})


@page("GET", "POST")
def template_edit(request: PersonRequest, slug: str) -> HttpResponse:
    """The editor with the draft, or with the newest version where there is none."""
    shelf = queries.shelf_of(request.user, slug)
    if shelf.is_retired:
        raise NotFoundError
    document = _document_of(shelf)
    return _edit(request, shelf, str(document["kind"]), document)


@page("POST")
def template_preview(request: PersonRequest, kind: str) -> HttpResponse:
    """The panel alone, for the editor that looks at the form while it is filled in.

    ``?of=`` names a template that is published already: browsers do not send its name, which cannot change.
    """
    queries.shelves(request.user)
    if kind not in KINDS:
        raise NotFoundError
    of = request.GET.get("of", "")
    name = queries.shelf_of(request.user, of).name if of else ""
    form = TemplateForm(request.POST, kind=kind, choices=_choices(kind), document={"kind": kind}, fixed_name=name)
    panel, _ = _look(request, form)
    return render(request, "grants/templates/panel.html", {"panel": panel})


def _document_of(shelf: Shelf) -> Mapping[str, Any]:
    if shelf.draft is not None:
        found: dict[str, Any] = shelf.draft.document
        return found
    if shelf.newest is None:
        raise NotFoundError
    return document_of(queries.template_of(shelf.newest))


def _edit(request: PersonRequest, shelf: Shelf | None, kind: str, document: Mapping[str, Any]) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    fixed = shelf.name if shelf and shelf.template else ""
    form = TemplateForm(data, kind=kind, choices=_choices(kind), document=document, fixed_name=fixed)
    panel, refusal = _look(request, form) if data is not None else _look_at(request, document, is_new=shelf is None)
    if data is not None and refusal is None and form.is_valid() and data.get("do") in SAVES:
        try:
            return _save(request, form.document, shelf.slug if shelf else "", is_tested=data["do"] == "test")
        except FieldErrorsError as error:
            refusal = error
    if refusal is not None and data is not None:
        form.refuse_all(refusal)
    context = {
        "heading": f"Edit “{shelf.name}”" if shelf else f"New template: {WORDS[kind]}",
        "shelf": shelf,
        "kind": kind,
        "form": form,
        "panel": panel,
        "asked": _asked(request, kind),
    }
    return render(request, "grants/templates/editor.html", context, status=422 if form.errors else 200)


def _save(request: PersonRequest, document: Mapping[str, Any], slug: str, *, is_tested: bool) -> HttpResponse:
    """Keep it as a draft, and ask STS about exactly it where that is wanted."""
    draft = save_draft(by=request.user, document=document, slug=slug, now=timezone.now())
    if is_tested:
        ask_test(by=request.user, slug=draft.slug, digest=draft.digest, now=timezone.now())
    messages.success(request, "The draft is saved. Nothing is published yet.")
    return redirect("grants:template", draft.slug)


def _look(request: PersonRequest, form: TemplateForm) -> tuple[Panel, FieldErrorsError | None]:
    """What the form says as it stands; a field that cannot become part of a document is said beside it already."""
    asked = _asked(request, form.kind)
    if not form.is_valid():
        rows = tuple((str(form.fields[name].label), str(errors[0])) for name, errors in form.errors.items())
        return shapeless_panel(rows, asked), None
    try:
        return panel_of(preview_document(by=request.user, document=form.document), asked), None
    except FieldErrorsError as error:
        return wrong_panel(error, asked, form.document), error


def _look_at(
    request: PersonRequest, document: Mapping[str, Any], *, is_new: bool
) -> tuple[Panel | None, FieldErrorsError | None]:
    if is_new:
        return None, None
    try:
        return panel_of(preview_document(by=request.user, document=document), Asked()), None
    except FieldErrorsError as error:
        return wrong_panel(error, Asked(), document), error


def _asked(request: PersonRequest, kind: str) -> Asked:
    said = {name: request.POST.get(f"try_{name}", "").strip()[:1024] for name in ("action", "object", "tag", "find")}
    return Asked(**said, kind=kind)


def _choices(kind: str) -> Choices:
    """Of issuers only those that can mint this kind."""
    issuers = Issuer.objects.filter(is_active=True)
    fitting = issuers.filter(kind=IssuerKind.SESSION) if kind == "session" else issuers.exclude(kind=IssuerKind.SESSION)
    arns = {arn for issuer in fitting for arn in queries.sendable_policies(issuer)} if kind == "managed" else set()
    return Choices(
        issuers=tuple(issuer.name for issuer in fitting),
        vendors=tuple(Vendor.objects.filter(is_active=True).values_list("slug", "name")),
        groups=_groups(),
        policies=tuple((arn, f"{arn.rpartition('/')[2]} ({arn})") for arn in sorted(arns)),
    )


def _groups() -> tuple[str, ...]:
    """The groups that may sign: every one but those that only write templates or only read."""
    names = Group.objects.exclude(name__in=[AUDITORS, TEMPLATE_ADMINS, ON_CALL]).order_by("name")
    return tuple(names.values_list("name", flat=True))
