"""A pickup link for whoever holds its token, and all that decides a reveal in one statement."""

from functools import cache
from typing import Final
from uuid import UUID

from django.db import connection

from grants.errors import PickupError
from grants.links import is_same, token_digest
from grants.models import AuditEvent, Grant, PickupLink, SealedCredential, User, Vendor
from grants.models.link import LIVE_LINK
from grants.models.rows import Parts, columns_of, columns_of_parts, read_joined, read_row, some_fields

SEALED: Final = some_fields(SealedCredential, "attempt", "key_id", "ciphertext")
# All but the password: whether the recipient may still receive is asked again.
PERSON: Final = tuple(name for name in some_fields(User) if name not in {"password", "last_login"})
PARTS: Final[Parts] = (
    ("", "g", Grant, some_fields(Grant)),
    ("recipient", "r", User, PERSON),
    ("requester", "a", User, PERSON),
    ("vendor", "v", Vendor, some_fields(Vendor)),
    ("link", "l", PickupLink, some_fields(PickupLink)),
)

# Both rows are locked, so both are read as they are once the lock is there: the tries of others count.
LOCK: Final = """
SELECT {columns}, daypass_is_fenced()
FROM grants_pickuplink l
JOIN grants_grant g ON g.id = l.grant_id
JOIN grants_user r ON r.id = g.recipient_id
JOIN grants_user a ON a.id = g.requester_id
JOIN grants_vendor v ON v.id = g.vendor_id
WHERE l.id = %s AND l.token_digest = %s
FOR NO KEY UPDATE OF g, l
"""


def authentic_link(link_id: UUID, token: str | None) -> PickupLink:
    """The link, for whoever holds its token; a foreign or unknown one gets the answer of a link that never was."""
    link = PickupLink.objects.select_related("grant__vendor", "grant__template_version").filter(pk=link_id).first()
    if link is None or not token or not is_same(digest=bytes(link.token_digest), token=token):
        raise PickupError
    return link


def locked_link(link_id: UUID, token: str | None) -> tuple[PickupLink, bool]:
    """The same under its grant's lock and its own, its grant with it; and whether nothing may be revealed."""
    with connection.cursor() as cursor:
        cursor.execute(_lock_sql(), [link_id, token_digest(token or "")])
        row = cursor.fetchone()
    if row is None:
        raise PickupError
    grant, (is_fenced,) = read_joined(PARTS, row)
    link: PickupLink = grant.link
    link.grant = grant
    if grant.recipient.vendor_id == grant.vendor_id:
        grant.recipient.vendor = grant.vendor
    return link, bool(is_fenced)


def claimed_link(grant: Grant) -> PickupLink | None:
    """The live link whose holder has passed the check and waits."""
    return PickupLink.objects.filter(LIVE_LINK, grant=grant, claimed_at__isnull=False).first()


def was_locked(grant: Grant) -> bool:
    """Whether a link of the grant took too many wrong codes."""
    return PickupLink.objects.filter(grant=grant, locked_at__isnull=False).exists()


def sealed_behind(link: PickupLink) -> SealedCredential:
    """What is sealed to a locked link."""
    with connection.cursor() as cursor:
        cursor.execute(_sealed_sql(), [link.pk])
        row = cursor.fetchone()
    if row is None:
        raise PickupError("nothing is sealed to this link")
    sealed: SealedCredential = read_row(SealedCredential, SEALED, row)
    return sealed


def refusals_of(grant: Grant) -> int:
    """How many refusals at its links are on record."""
    return AuditEvent.objects.filter(subject=grant.reference, kind="link.refused").count()


@cache
def _lock_sql() -> str:
    return LOCK.format(columns=columns_of_parts(PARTS))


@cache
def _sealed_sql() -> str:
    columns = columns_of(SealedCredential, SEALED, alias="s")
    return f"SELECT {columns} FROM grants_sealedcredential s WHERE s.link_id = %s AND s.ciphertext IS NOT NULL"  # noqa: S608 - columns of a model
