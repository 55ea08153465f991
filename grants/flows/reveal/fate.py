"""What has become of a link: one question, asked by every page of it."""

from datetime import datetime

from grants.errors import LinkExpiredError, LinkLockedError, LinkRevokedError, LinkUsedError
from grants.models import PickupLink


def check_fate(link: PickupLink, now: datetime) -> None:
    """It still opens something; or the PickupError that says why not."""
    if link.used_at:
        raise LinkUsedError(link.used_at, link.used_from)
    if link.locked_at:
        raise LinkLockedError
    if link.expires_at <= now:
        raise LinkExpiredError
    if link.closed_at:
        raise LinkRevokedError
