"""The issue worker mints: one commit before the STS call, one after it, and no transaction open during it."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import OperationalError

from grants.errors import CannotSealError, GrantError, SealError
from grants.flows.issue.begin import Begun, begin_attempt
from grants.flows.issue.finish import finish_minted, finish_refused
from grants.gateways import sts
from grants.gateways.caller import check_caller
from grants.models.rows import is_held


def issue_grant(*, grant_id: UUID, clock: Callable[[], datetime]) -> bool:
    """Mint, seal and queue the link mail for an approved grant that is due; anything else is left alone.

    An error of STS is recorded with the attempt: tried again when it can pass by itself, else the grant fails. Returns
    whether there was an attempt.
    """
    begun = _begin(grant_id, clock())
    if begun is None:
        return False
    try:
        check_caller(begun.snapshot.issuer)
        minted = sts.mint(issuer=begun.snapshot.issuer, request=begun.request)
        finish_minted(begun=begun, minted=minted, now=clock())
    except SealError as error:
        finish_refused(begun=begun, error=CannotSealError(error.code), now=clock())
    except GrantError as error:
        finish_refused(begun=begun, error=error, now=clock())
    return True


def _begin(grant_id: UUID, now: datetime) -> Begun | None:
    """None also while a person's transaction holds the grant: nothing is written, and the sweeper comes back."""
    try:
        return begin_attempt(grant_id=grant_id, now=now)
    except OperationalError as error:
        if not is_held(error):
            raise
        return None
