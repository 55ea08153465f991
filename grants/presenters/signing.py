"""Whether and with what an approver signs."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from grants import queries
from grants.models import Grant, User
from grants.policy.signing import signing_options
from grants.presenters.words import snapshot_of


@dataclass(frozen=True, slots=True)
class SigningView:
    """``options`` go to the browser's passkey dialogue; None when none of this person's passkeys is believed."""

    is_needed: bool
    options: dict[str, Any] | None


def signing_view(grant: Grant, by: User) -> SigningView:
    """For one card; the challenge is the fingerprint of what stands on it."""
    snapshot = snapshot_of(grant)
    return signing_of(grant.snapshot_hash, by, is_needed=snapshot is not None and snapshot.needs_passkey)


def signing_of(signed_hash: str, by: User, *, is_needed: bool) -> SigningView:
    """For whatever has this fingerprint."""
    ids = queries.believed_credentials(by)
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    options = signing_options(snapshot_hash=signed_hash, credential_ids=ids, host=host)
    return SigningView(
        is_needed=is_needed,
        options={"request_options": {"publicKey": options}} if ids else None,
    )
