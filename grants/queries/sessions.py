"""Users whose sessions cannot be told apart: who holds the one there may be, and the code that somebody typed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from grants.lifecycle import HOLDING
from grants.models import Denial, Grant, User

# A Deny goes by AWS's clock and is written by ours; SKEW_ALARM_SECONDS of the gateway is a minute, too.
REST: Final = timedelta(minutes=1)

TAKE: Final = """
UPDATE grants_mfacode c SET sealed = NULL, wiped_at = %s
FROM (SELECT id, sealed FROM grants_mfacode WHERE grant_id = %s AND wiped_at IS NULL FOR UPDATE) whole
WHERE c.id = whole.id RETURNING c.id, whole.sealed, c.expires_at
"""


@dataclass(frozen=True, slots=True)
class TypedCode:
    """A code as it rested; it is gone from the database by now."""

    id: UUID
    sealed: bytes = field(repr=False)
    expires_at: datetime


def session_holder(grant: Grant) -> Grant | None:
    """Another grant that holds a session of the same user, or may in a moment."""
    rows = Grant.objects.filter(session_of_id=grant.session_of_id, state__in=sorted(HOLDING)).exclude(pk=grant.pk)
    return rows.only("reference", "ends_at").first()


def is_resting(issuer_id: UUID, now: datetime) -> bool:
    """Whether a Deny of the user's older sessions is so new that, by AWS's clock, it might meet the next one too."""
    return Denial.objects.filter(
        issuer_id=issuer_id, userid__startswith="before=", wanted_at__gt=now - REST, lifted_at=None
    ).exists()


def take_code(grant: Grant, now: datetime) -> TypedCode | None:
    """Read the code and clear it, in one statement: nobody gets it twice."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [now, grant.pk])
        row = cursor.fetchone()
    return TypedCode(row[0], bytes(row[1]), row[2]) if row else None


def custodian_addresses(grant: Grant) -> list[str]:
    """Who may type the code: whoever signed, and the template's custodians; never who asked or receives."""
    signed = Q(decisions__grant=grant, decisions__verdict="approve", decisions__snapshot_hash=grant.snapshot_hash)
    group = grant.template_version.custodian_group
    may_type = signed | Q(groups__name=group) if group else signed
    staff = User.objects.filter(may_type, is_active=True, is_staff=True)
    bound = {grant.requester_person, grant.recipient_person}
    return list(staff.exclude(person__in=bound).distinct().order_by("email").values_list("email", flat=True))
