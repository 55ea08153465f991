"""Somebody says which mails they want."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from grants import audit, permissions
from grants.errors import FieldError
from grants.models import NoticeChoice, User
from grants.policy.notices import FAMILIES


def choose_notices(*, by: User, choices: Mapping[str, bool], now: datetime) -> None:
    """Keep a yes or no for each family named; mails about security are in none, and always sent."""
    del now
    permissions.check_active(by)
    known = {family.key for family in FAMILIES}
    if foreign := sorted(set(choices) - known):
        raise FieldError(foreign[0], "There is no such mail to choose.")
    with transaction.atomic():
        for family, by_mail in choices.items():
            NoticeChoice.objects.update_or_create(user=by, family=family, defaults={"by_mail": by_mail})
        audit.record_event(kind="notices.chosen", subject=str(by.pk), actor=audit.actor_of(by), facts=dict(choices))
