"""A pickup link for whoever holds its token, and all that decides a reveal in one statement."""

from dataclasses import dataclass
from functools import cache
from typing import Final
from uuid import UUID

from grants.errors import CannotOpenError, PickupError
from grants.links import is_same, token_digest
from grants.models import AuditEvent, Grant, PickupLink, SealedCredential, User, Vendor
from grants.models.link import FATES, LIVE_LINK
from grants.models.rows import Join, Reading, columns_of, first_row, set_behind_key, some_fields

SEALED: Final = some_fields(SealedCredential, "attempt", "key_id", "ciphertext")
# What a plain reveal asks of each; whatever else a refusal or a renewal wants to know is read when it is asked for.
GRANT: Final = some_fields(
    Grant, "id", "reference", "state", "recipient", "requester", "vendor", "snapshot", "snapshot_hash", "code_digest",
    "seconds", "ends_at",
)  # fmt: skip
JOIN: Final = Join(
    ("", "l", PickupLink, some_fields(PickupLink, "id", "grant", "expires_at", "tries", "claimed_at", *FATES)),
    ("grant", "g", Grant, GRANT),
    ("grant.recipient", "r", User, some_fields(User, "id", "email", "vendor", "is_active")),
    ("grant.vendor", "v", Vendor, some_fields(Vendor, "id", "terms", "is_active", "contract_ends_at")),
    ("sealed_one", "s", SealedCredential, SEALED),
)

FIND: Final = """
SELECT {columns}
FROM grants_pickuplink l
JOIN grants_grant g ON g.id = l.grant_id
JOIN grants_user r ON r.id = g.recipient_id
JOIN grants_vendor v ON v.id = g.vendor_id
LEFT JOIN grants_sealedcredential s ON s.link_id = l.id AND s.ciphertext IS NOT NULL
WHERE l.id = %s AND l.token_digest = %s
"""
# Both rows are read as they are once the lock is there: the tries of others count.
LOCK: Final = "FOR NO KEY UPDATE OF g, l"


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link with its grant. ``is_locked``: neither changes any more.

    ``sealed`` is as it was when the locks were asked for; None where it came, or went, while they were waited for.
    """

    link: PickupLink
    sealed: SealedCredential | None
    is_locked: bool


def authentic_link(link_id: UUID, token: str | None) -> PickupLink:
    """The link, for whoever holds its token; a foreign or unknown one gets the answer of a link that never was."""
    link = PickupLink.objects.select_related("grant__vendor", "grant__template_version").filter(pk=link_id).first()
    if link is None or not token or not is_same(digest=bytes(link.token_digest), token=token):
        raise PickupError
    return link


def opened_link(link_id: UUID, token: str | None, *, is_locked: bool) -> OpenedLink:
    """The same with all that decides a reveal; ``is_locked``: under its grant's lock and its own."""
    row = first_row(_find_sql(is_locked=is_locked), [link_id, token_digest(token or "")], is_binary=True)
    if row is None:
        raise PickupError
    link, _ = JOIN.read(row)
    recipient, vendor = link.grant.recipient, link.grant.vendor
    if recipient.vendor_id == vendor.pk:
        set_behind_key(recipient, "vendor", vendor)
    return OpenedLink(link=link, sealed=link.sealed_one, is_locked=is_locked)


def claimed_link(grant: Grant) -> PickupLink | None:
    """The live link whose holder has passed the check and waits."""
    return PickupLink.objects.filter(LIVE_LINK, grant=grant, claimed_at__isnull=False).first()


def was_locked(grant: Grant) -> bool:
    """Whether a link of the grant took too many wrong codes."""
    return PickupLink.objects.filter(grant=grant, locked_at__isnull=False).exists()


def sealed_behind(link: PickupLink) -> SealedCredential:
    """What is sealed to a locked link."""
    row = first_row(_sealed_sql(), [link.pk])
    if row is None:
        raise CannotOpenError("nothing is sealed to this link")
    sealed: SealedCredential = Reading(SealedCredential, SEALED).instance_of(row)
    return sealed


def refusals_of(grant: Grant) -> int:
    """How many refusals at its links are on record."""
    return AuditEvent.objects.filter(subject=grant.reference, kind="link.refused").count()


@cache
def _find_sql(*, is_locked: bool) -> str:
    return FIND.format(columns=JOIN.columns) + LOCK * is_locked


@cache
def _sealed_sql() -> str:
    columns = columns_of(SealedCredential, SEALED, alias="s")
    return f"SELECT {columns} FROM grants_sealedcredential s WHERE s.link_id = %s AND s.ciphertext IS NOT NULL"  # noqa: S608 - columns of a model
