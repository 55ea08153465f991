"""A template admin, or a file, writes a draft: every field can stand, whatever the findings still say."""

from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from grants import audit, permissions
from grants.errors import FieldError, FieldErrorsError
from grants.flows.templates.review import Review, review_document
from grants.models import GrantTemplate, TemplateDraft, User

SLUG_MOST = 60


def preview_document(*, by: User, document: object) -> Review:
    """What a document would allow and what speaks against it; saves nothing. Raises FieldErrorsError."""
    permissions.check_template_admin(by)
    return review_document(document)


def save_draft(*, by: User, document: object, slug: str, now: datetime) -> TemplateDraft:
    """Keep a document as the draft of ``slug``, which must be its own name's; "" makes a new template's first draft.

    Raises FieldErrorsError. What is saved again unchanged changes nothing.
    """
    permissions.check_template_admin(by)
    review = review_document(document)
    with transaction.atomic():
        found = _named(review, slug)
        return _keep(review, found, actor=audit.actor_of(by), by=by, now=now)


def save_draft_as_operator(*, document: object, now: datetime) -> TemplateDraft:
    """From a file: the draft of the template of that name, or of a new one."""
    review = review_document(document)
    with transaction.atomic():
        return _keep(review, slug_of(review), actor=audit.OPERATOR, by=None, now=now)


def slug_of(review: Review) -> str:
    """What a template is called in addresses and tags; FieldErrorsError where its name gives none."""
    slug = slugify(review.template.name)[:SLUG_MOST].strip("-_")
    if not slug or slug in RESERVED:
        raise _at_name("Give the template a name with letters or digits, and not one that a page here has.")
    other = GrantTemplate.objects.filter(slug=slug).exclude(name=review.template.name).first()
    if other:
        raise _at_name(f"This name is too much like “{other.name}”. Choose another.")
    if GrantTemplate.objects.filter(slug=slug, retired_at__isnull=False).exists():
        raise _at_name("A template of this name has been retired. Choose another name.")
    return slug


RESERVED = frozenset({"new", "preview"})


def _named(review: Review, slug: str) -> str:
    """The name of a template that is known never changes; a new one is not taken yet."""
    own = slug_of(review)
    if slug and own != slug:
        raise _at_name("The name of a template does not change. Make a new template instead.")
    if not slug and (GrantTemplate.objects.filter(slug=own) or TemplateDraft.objects.filter(slug=own)):
        raise _at_name("There is a template of that name already. Edit it, or choose another name.")
    return own


def _keep(review: Review, slug: str, *, actor: audit.Actor, by: User | None, now: datetime) -> TemplateDraft:
    draft = TemplateDraft.objects.select_for_update().filter(slug=slug).first()
    if draft is not None and draft.digest == review.digest:
        return draft
    values = {
        "document": dict(review.document),
        "digest": review.digest,
        "edited_at": now,
        "editor": by,
        "publication_asked_at": None,
        "publication_asked_by": None,
    }
    draft, _ = TemplateDraft.objects.update_or_create(slug=slug, defaults=values)
    audit.record_event(
        kind="template.drafted",
        subject=slug,
        actor=actor,
        facts={"digest": review.digest, "kind": review.template.kind, "sentence": review.sentence},
    )
    return draft


def _at_name(sentence: str) -> FieldErrorsError:
    return FieldErrorsError([FieldError("name", sentence)])
