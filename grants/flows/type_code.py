"""Somebody who may types the six digits of an issuer's MFA device; the issue worker uses them once."""

import re
import uuid
from datetime import datetime
from typing import Final

from django.db import transaction

from grants import audit, dispatch, ledger, permissions, policies, queries
from grants.errors import CodeLateError, FieldError, SessionTakenError
from grants.gateways import sealing
from grants.models import Grant, MfaCode, User
from grants.models.rows import write_all
from grants.values import MFA_CODE_PURPOSE

TYPED: Final = "grant.code_typed"
_SIX_DIGITS: Final = re.compile(r"[0-9]{6}")


def type_code(*, reference: str, by: User, code: str, now: datetime) -> Grant:
    """Seal ``code`` for the issue worker and ring it; FieldError at ``code``, SessionTakenError, WrongStateError.

    It rests for seconds, is read and cleared in one statement, and never tried again.
    """
    digits = re.sub(r"\s", "", code)
    with transaction.atomic():
        grant = queries.locked_grant(reference=reference)
        permissions.check_may_type_code(by, grant)
        if not _SIX_DIGITS.fullmatch(digits):
            raise FieldError("code", "Type the six digits that the device shows now.")
        policies.check_state(grant, TYPED)
        policies.check_approvals(grant, now)
        if queries.session_holder(grant) is not None or queries.is_resting(grant.issuer_id, now):
            raise SessionTakenError
        write_all(_sealed(grant, by, digits, now))
        ledger.move_grant(
            grant=grant,
            event=TYPED,
            actor=audit.actor_of(by),
            now=now,
            # Too late until a worker has come for it: whoever finds no code any more leaves this as the reason.
            changes={"due_at": now, "tries": 0, "failure_code": CodeLateError.code},
        )
        dispatch.ring_after_commit(dispatch.ISSUE, grant.pk)
    return grant


def _sealed(grant: Grant, by: User, digits: str, now: datetime) -> MfaCode:
    row_id = uuid.uuid4()
    sealed = sealing.seal_at_rest(plaintext=digits.encode(), purpose=MFA_CODE_PURPOSE, aad=row_id.bytes)
    return MfaCode(
        id=row_id, grant=grant, sealed=sealed, typed_by=by, typed_at=now, expires_at=now + policies.CODE_LIFE
    )
