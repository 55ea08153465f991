"""MFA codes that no worker came for are wiped."""

from datetime import datetime

from grants.models import MfaCode


def wipe_codes(*, now: datetime) -> int:
    """Clear every code whose seconds are over; returns how many. Its grant asks for another when the worker comes."""
    return MfaCode.objects.filter(wiped_at=None, expires_at__lte=now).update(sealed=None, wiped_at=now)
