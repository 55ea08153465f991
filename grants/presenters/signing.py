"""Whether and with what an approver signs."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from grants.flows.people import passkeys_of
from grants.models import Grant, User
from grants.policy.signing import signed_digest, signing_options
from grants.presenters.words import snapshot_of


@dataclass(frozen=True, slots=True)
class SigningView:
    """``options`` go to the browser's passkey dialogue; None when none that this person has is believed."""

    is_needed: bool
    options: dict[str, Any] | None


def signing_view(grant: Grant, by: User, group: str = "") -> SigningView:
    """For one card; the challenge is the fingerprint of what stands on it, or what those on call sign instead."""
    snapshot = snapshot_of(grant)
    needed = snapshot is not None and snapshot.needs_passkey
    return signing_of(signed_digest(grant.snapshot_hash, group), by, group, is_needed=needed)


def signing_of(digest: str, by: User, group: str = "", *, is_needed: bool) -> SigningView:
    """For whatever has this fingerprint; where a group is named, with a passkey that is trusted for it.

    One that is believed still and that its owner removed is not asked for: its signature would be refused.
    """
    believed = [each for each in passkeys_of(by) if (group in each.groups if group else each.groups)]
    ids = [each.passkey.credential_id for each in believed]
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    options = signing_options(digest=digest, credential_ids=ids, host=host)
    return SigningView(
        is_needed=is_needed,
        options={"request_options": {"publicKey": options}} if ids else None,
    )
