"""A mail claimed in one statement, whose commit waits for the disk: what a mail tells is there before it leaves.

So whoever queued it need not wait, and holds up the audit chain no longer than its row takes. Nor is the mark that it
was sent waited for: lost to a crash of PostgreSQL, the mail is sent once more, with the same link.
"""

from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from grants.models import Grant, OutboxMail
from grants.models.rows import Join, first_row, some_fields

NEEDED: Final = ("id", "event", "to_address", "grant", "context", "sealed", "sealed_key_id", "tries", "created_at")
JOIN: Final = Join(
    ("", "m", OutboxMail, some_fields(OutboxMail, *NEEDED)),
    ("grant", "g", Grant, some_fields(Grant, "id", "reference", "state")),
)
# By its key, not by the index of all that is due (see issuing.py).
CLAIM: Final = """
WITH claimed AS (
    UPDATE grants_outboxmail SET due_at = %s, tries = tries + 1
    WHERE id = %s AND state || '' = 'queued' AND due_at <= %s RETURNING *
)
SELECT {columns}
FROM claimed m LEFT JOIN grants_grant g ON g.id = m.grant_id
"""


def claimed_mail(mail_id: UUID, *, now: datetime, until: datetime) -> OutboxMail | None:
    """The mail, which nobody else gets before ``until``; None when it is not due. A row count of 1 is the claim."""
    row = first_row(_claim_sql(), [until, mail_id, now])
    if row is None:
        return None
    mail: OutboxMail = JOIN.read(row)[0]
    return mail


@cache
def _claim_sql() -> str:
    return CLAIM.format(columns=JOIN.columns)
