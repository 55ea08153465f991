"""A requester takes an undecided request back."""

from datetime import datetime

from django.db import transaction

from grants import audit, ledger, permissions, queries
from grants.models import User


def withdraw_grant(*, reference: str, by: User, now: datetime) -> None:
    """End an undecided request; raises WrongStateError once somebody has decided."""
    with transaction.atomic():
        grant = queries.locked_grant(reference=reference)
        permissions.check_is_requester(by, grant)
        ledger.move_grant(grant=grant, event="grant.withdrawn", actor=audit.actor_of(by), now=now)
