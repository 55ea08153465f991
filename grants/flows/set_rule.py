"""A template admin says how much may be asked for, and who is called when nobody decides."""

import uuid
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction

from grants import audit, permissions
from grants.errors import FieldError, NotFoundError
from grants.models import GrantTemplate, RequestRule, User
from grants.models.request_rule import MOST


def set_rule(
    *,
    template_id: uuid.UUID | None,
    live_max: int | None,
    daily_max: int | None,
    escalate_to: str,
    by: User,
    now: datetime,
) -> RequestRule:
    """For one template, or without one for each person. It counts from the next request on; nothing is taken away."""
    del now
    permissions.check_template_admin(by)
    template = GrantTemplate.objects.filter(pk=template_id).first() if template_id else None
    if template_id and template is None:
        raise NotFoundError
    for name, value in (("live_max", live_max), ("daily_max", daily_max)):
        if value is not None and not 1 <= value <= MOST:
            raise FieldError(name, f"Give between 1 and {MOST:,}, or leave it empty.")
    if escalate_to and (template is None or not Group.objects.filter(name=escalate_to).exists()):
        raise FieldError("escalate_to", "Choose one of the groups.")
    with transaction.atomic():
        rule, _ = RequestRule.objects.update_or_create(
            template=template,
            defaults={"live_max": live_max, "daily_max": daily_max, "escalate_to": escalate_to},
        )
        audit.record_event(
            kind="rule.set",
            subject=template.slug if template else "each person",
            actor=audit.actor_of(by),
            facts={"live_max": live_max, "daily_max": daily_max, "escalate_to": escalate_to},
        )
    return rule
