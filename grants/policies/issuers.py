"""Whether an issuer and its managed policies are what was approved, and may do what a template promises."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from grants.errors import FieldError, IssuerChangedError, PolicyChangedError, PolicyUnreadError
from grants.models import Issuer, IssuerPolicy
from grants.models.issuer_policy import ALLOWED
from grants.policy import durations
from grants.policy.snapshot import Snapshot

READ_EVERY: Final = timedelta(minutes=5)
POLICY_FRESH: Final = 3 * READ_EVERY
READING_WAIT: Final = timedelta(seconds=20)


def check_issuer_unchanged(snapshot: Snapshot, issuer: Issuer) -> None:
    """The issuer on record is, by value, the one that was approved."""
    if not issuer.is_active or issuer.ref != snapshot.issuer:
        raise IssuerChangedError


def check_managed_unchanged(issuer: Issuer, pairs: Iterable[tuple[str, str]], now: datetime) -> None:
    """Each managed policy, as (ARN, digest), is still allowed for the issuer and says what it said when it was signed.

    PolicyUnreadError, which may be tried again, when nobody has read one of them lately.
    """
    allowed = {row.arn: row for row in IssuerPolicy.objects.filter(ALLOWED, issuer=issuer)}
    for arn, digest in pairs:
        row = allowed.get(arn)
        if row is None or (row.read_at is not None and row.digest != digest):
            raise PolicyChangedError(arn)
        if row.read_at is None or row.read_at < now - POLICY_FRESH:
            raise PolicyUnreadError(arn)


def check_managed_allowed(issuer: Issuer, pairs: Iterable[tuple[str, str]], *, field: str = "policies") -> None:
    """Each managed policy, as (ARN, digest), is on the issuer's list, with the document as it was last read."""
    allowed = dict(IssuerPolicy.objects.filter(ALLOWED, issuer=issuer).values_list("arn", "digest"))
    for arn, digest in pairs:
        if not allowed.get(arn):
            raise FieldError(field, f"{arn} is not on the issuer's list of managed policies, or not read yet.")
        if allowed[arn] != digest:
            raise FieldError(field, f"{arn} has changed since you chose it. Read it again, then choose it anew.")


def check_issuer_seconds(issuer: Issuer, seconds: int, *, field: str = "max_seconds") -> None:
    """No template promises more than AWS gives for its issuer's kind: 12 hours of a role, one of a chained role."""
    durations.check_seconds(durations.operation_of(issuer.ref), seconds, field=field)
