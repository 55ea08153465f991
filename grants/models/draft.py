"""What is not published yet: a template's draft, and the calls that ask STS whether it fits."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

DIGEST = r"^[0-9a-f]{64}$"


class TemplateDraft(models.Model):
    """At most one a template, which its slug names: a template that was never published has no other row.

    ``document`` is the canonical document (policy/template), ``digest`` its SHA-256. Whoever asks for its publication
    asks for exactly this digest; a change of the document takes the asking back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    edited_at = models.DateTimeField()
    editor = models.ForeignKey("grants.User", null=True, on_delete=models.PROTECT, related_name="+")
    publication_asked_at = models.DateTimeField(null=True)
    publication_asked_by = models.ForeignKey("grants.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["slug"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(name="draft_digest_is_sha256", condition=Q(digest__regex=DIGEST)),
            models.CheckConstraint(
                name="draft_asked_at_and_by_go_together",
                condition=Q(publication_asked_at__isnull=True, publication_asked_by__isnull=True)
                | Q(publication_asked_at__isnull=False, publication_asked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"draft of {self.slug}"

    @property
    def name(self) -> str:
        """What the template is called."""
        return str(self.document["name"])


class TemplateTest(models.Model):
    """Somebody asked whether STS takes a draft. The issue worker answers: ``attempt`` keeps the sizes or the refusal.

    ``packed_bytes`` is what the estimate counted beyond the base, so that a real size tells the base.
    ``refusal`` is why no call was made.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=60)
    digest = models.CharField(max_length=64, db_index=True)
    document = models.JSONField()
    packed_bytes = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="+")
    attempt = models.OneToOneField(
        "grants.IssueAttempt", null=True, on_delete=models.PROTECT, related_name="template_test"
    )
    refusal = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(name="test_digest_is_sha256", condition=Q(digest__regex=DIGEST)),
            # Two tabs, two admins: one call answers both.
            models.UniqueConstraint(
                name="test_one_waits_per_digest", fields=["digest"], condition=Q(attempt__isnull=True, refusal="")
            ),
            models.CheckConstraint(name="test_is_refused_or_called", condition=Q(refusal="") | Q(attempt__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"test of {self.slug}"
