"""Somebody here has a pickup code made, to be read to the recipient by telephone."""

from datetime import datetime
from typing import Final

from django.db import transaction

from grants import audit, permissions, queries
from grants.errors import WrongStateError
from grants.gateways import sealing
from grants.lifecycle import LIVE, State
from grants.models import Grant, User
from grants.models.template import PickupCheck
from grants.values import new_code

TELLABLE: Final = LIVE - {State.REVEALED}


def tell_code(*, reference: str, by: User, now: datetime) -> str:
    """A new code, for this answer alone; only its HMAC is kept, and an earlier one stops working.

    The tries of the link stay counted. Raises NotFoundError, WrongStateError.
    """
    del now
    code = new_code()
    with transaction.atomic():
        grant = queries.locked_grant(reference=reference)
        permissions.check_may_tell_code(by, grant)
        if grant.template_version.pickup_check != PickupCheck.SPOKEN_CODE or grant.state not in TELLABLE:
            raise WrongStateError("no code to tell")
        is_first = grant.code_digest is None
        Grant.objects.filter(pk=grant.pk).update(code_digest=sealing.code_digest(code=code, grant_id=grant.pk))
        audit.record_event(
            kind="code.told", subject=grant.reference, actor=audit.actor_of(by), facts={"first": is_first}
        )
    return code
