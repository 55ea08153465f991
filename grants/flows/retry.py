"""A person lets the issue worker try a failed grant again."""

from datetime import datetime
from typing import Final

from django.db import transaction

from grants import audit, dispatch, ledger, permissions, policies, queries
from grants.models import Grant, User

RETRIED: Final = "grant.retried"


def retry_grant(*, reference: str, by: User, now: datetime) -> Grant:
    """Put a failed grant back in the queue; its approvals must still stand and not be used up."""
    permissions.check_approver(by)
    with transaction.atomic():
        grant = queries.locked_grant(reference=reference)
        permissions.check_approver_can_decide(by, grant)
        policies.check_state(grant, RETRIED)
        policies.check_approvals(grant, now)
        policies.check_issues_left(queries.issues_of(grant))
        ledger.move_grant(
            grant=grant,
            event=RETRIED,
            actor=audit.actor_of(by),
            now=now,
            changes={"due_at": now, "tries": 0, "failure_code": ""},
        )
        dispatch.ring_after_commit(dispatch.ISSUE, grant.pk)
    return grant
