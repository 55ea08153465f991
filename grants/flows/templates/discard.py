"""A template admin throws a draft away; what is published stays as it is."""

from datetime import datetime

from django.db import transaction

from grants import audit, permissions
from grants.errors import NotFoundError
from grants.models import TemplateDraft, User


def discard_draft(*, by: User, slug: str, now: datetime) -> None:
    """Its document stays in no table; the audit row names its digest."""
    del now
    permissions.check_template_admin(by)
    with transaction.atomic():
        draft = TemplateDraft.objects.select_for_update().filter(slug=slug).first()
        if draft is None:
            raise NotFoundError
        audit.record_event(
            kind="template.discarded", subject=slug, actor=audit.actor_of(by), facts={"digest": draft.digest}
        )
        draft.delete()
