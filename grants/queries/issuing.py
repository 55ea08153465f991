"""All that decides whether a grant is issued, read in one statement; and the lock of a grant read earlier."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import connection

from grants.models import Grant, Issuer, TemplateVersion, User, Vendor
from grants.models.attempt import Outcome
from grants.models.rows import Join, columns_of, field_of, first_row, some_fields

MOVING: Final = (
    "state", "state_at", "due_at", "tries", "failure_code", "revoke_requested_at", "revoke_requested_by",
    "revoke_reason",
)  # fmt: skip
PERSON: Final = some_fields(User, "id", "email", "full_name", "is_active")
JOIN: Final = Join(
    ("", "g", Grant, some_fields(Grant)),
    ("issuer", "i", Issuer, some_fields(Issuer)),
    ("vendor", "v", Vendor, some_fields(Vendor, "id", "name", "slug", "is_active", "contract_ends_at")),
    ("template_version", "t", TemplateVersion, some_fields(TemplateVersion, "id", "template", "signers")),
    ("requester", "a", User, PERSON),
    ("recipient", "r", User, PERSON),
)

# A session may exist of every attempt but those that STS refused. The state is compared in a way that no index
# serves: without statistics PostgreSQL would rather walk the index of all that is due than look up one key.
DOSSIER: Final = """
SELECT {columns},
    daypass_is_fenced(),
    EXISTS (SELECT FROM grants_issuercircuit c WHERE c.issuer_id = g.issuer_id AND c.opened_at IS NOT NULL),
    EXISTS (SELECT FROM grants_widedenial d JOIN grants_granttemplate k ON k.id = t.template_id
        WHERE d.issuer_id = g.issuer_id AND d.lifted_at IS NULL
        AND d.entry IN ('vendor=' || v.slug, 'template=' || k.slug)),
    (SELECT count(*) FROM grants_issueattempt s WHERE s.grant_id = g.id),
    (SELECT count(*) FROM grants_issueattempt s
        WHERE s.grant_id = g.id AND s.snapshot_hash = g.snapshot_hash AND s.outcome <> 'failed'),
    ARRAY(SELECT ARRAY[d."group", d.decider_person::text] FROM grants_decision d
        JOIN grants_user u ON u.id = d.decider_id
        WHERE d.grant_id = g.id AND d.snapshot_hash = g.snapshot_hash AND d.verdict = 'approve'
        AND d.valid_until > %s AND u.is_active AND d.times_frozen = u.times_frozen
        ORDER BY d.decided_at)
FROM grants_grant g
JOIN grants_issuer i ON i.id = g.issuer_id
JOIN grants_vendor v ON v.id = g.vendor_id
JOIN grants_templateversion t ON t.id = g.template_version_id
JOIN grants_user a ON a.id = g.requester_id
JOIN grants_user r ON r.id = g.recipient_id
WHERE g.id = %s AND g.state || '' = 'approved' AND g.due_at <= %s
"""
LOCKED: Final = "FOR NO KEY UPDATE OF g SKIP LOCKED"

LOCK_AGAIN: Final = """
SELECT {columns},
    EXISTS (SELECT FROM grants_issuercircuit c WHERE c.issuer_id = g.issuer_id AND c.opened_at IS NOT NULL)
FROM grants_grant g WHERE g.id = %s FOR NO KEY UPDATE OF g
"""


@dataclass(frozen=True, slots=True)
class Dossier:
    """A grant that is due, with whom and what it belongs to; ``signed`` is (group, person)."""

    grant: Grant
    is_fenced: bool
    is_circuit_open: bool
    is_denied_widely: bool
    attempts: int
    maybe_minted: int
    signed: tuple[tuple[str, UUID], ...]


def dossier_of(grant_id: UUID, now: datetime, *, is_locked: bool) -> Dossier | None:
    """None when the grant is not due; or, where its lock is wanted, when somebody else is at it."""
    row = first_row(_dossier_sql(is_locked=is_locked), [now, grant_id, now])
    return _read(row) if row else None


def issues_of(grant: Grant) -> int:
    """Of how many attempts under the present approval AWS gave, or may have given, credentials."""
    return grant.attempts.filter(snapshot_hash=grant.snapshot_hash).exclude(outcome=Outcome.FAILED).count()


def lock_again(grant: Grant) -> bool:
    """Take the lock of a grant read earlier, and read again what may have moved; whether its issuer is in trouble."""
    with connection.cursor() as cursor:
        cursor.execute(_lock_sql(), [grant.pk])
        *values, is_troubled = cursor.fetchone()
    for name, value in zip(MOVING, values, strict=True):
        setattr(grant, field_of(Grant, name).attname, value)
    return bool(is_troubled)


def _read(row: tuple[Any, ...]) -> Dossier:
    grant, rest = JOIN.read(row)
    is_fenced, is_circuit_open, is_denied_widely, attempts, maybe_minted, signed = rest
    return Dossier(
        grant=grant,
        is_fenced=is_fenced,
        is_circuit_open=is_circuit_open,
        is_denied_widely=is_denied_widely,
        attempts=attempts,
        maybe_minted=maybe_minted,
        signed=tuple((group, UUID(person)) for group, person in signed),
    )


@cache
def _dossier_sql(*, is_locked: bool) -> str:
    return DOSSIER.format(columns=JOIN.columns) + LOCKED * is_locked


@cache
def _lock_sql() -> str:
    return LOCK_AGAIN.format(columns=columns_of(Grant, MOVING, alias="g"))
