"""A template admin retires a template: nobody can ask for it any more, and what was given goes on to its end."""

from datetime import datetime

from django.db import transaction

from grants import audit, permissions, policies, queries
from grants.errors import NotFoundError
from grants.models import GrantTemplate, TemplateDraft, User


def retire_template(*, by: User, slug: str, reason: str, now: datetime) -> GrantTemplate:
    """Its draft goes with it. Raises FieldError at ``reason``."""
    permissions.check_template_admin(by)
    policies.check_reason(reason)
    with transaction.atomic():
        template = GrantTemplate.objects.select_for_update().filter(slug=slug, retired_at=None).first()
        if template is None:
            raise NotFoundError
        template.retired_at, template.retired_by, template.retired_reason = now, by, reason.strip()
        template.save(update_fields=["retired_at", "retired_by", "retired_reason"])
        TemplateDraft.objects.filter(slug=slug).delete()
        windows = [window.reference for window in queries.windows_on(template, now)]
        live = [grant.reference for grant in queries.live_grants_of_template(template)]
        audit.record_event(
            kind="template.retired",
            subject=slug,
            actor=audit.actor_of(by),
            facts={"reason": template.retired_reason, "live": live, "windows": windows},
        )
    return template
