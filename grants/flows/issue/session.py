"""A session of a user whose sessions cannot be told apart: one at a time, and with MFA its code."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from grants import audit, ledger, queries
from grants.gateways import sealing
from grants.models import Grant
from grants.policy.snapshot import Snapshot
from grants.values import MFA_CODE_PURPOSE

NEXT_LOOK: Final = timedelta(seconds=30)


def is_free(grant: Grant, now: datetime) -> bool:
    """Whether this grant may have the user's one session now; if not, it stays approved and looks again."""
    queries.hold_turn(f"session:{grant.issuer_id}")
    if queries.session_holder(grant) is None and not queries.is_resting(grant.issuer_id, now):
        return True
    Grant.objects.filter(pk=grant.pk).update(due_at=now + NEXT_LOOK)
    return False


def take_code(grant: Grant, snapshot: Snapshot, now: datetime) -> str | None:
    """The six digits that somebody typed, once; None when there are none in time, and the grant waits for some."""
    typed = queries.take_code(grant, now)
    if typed is not None and typed.expires_at > now:
        plaintext = sealing.open_at_rest(sealed=typed.sealed, purpose=MFA_CODE_PURPOSE, aad=typed.id.bytes)
        return plaintext.decode()
    ledger.move_grant(
        grant=grant,
        event="grant.code_wanted",
        actor=audit.ISSUE_WORKER,
        now=now,
        facts={"why": grant.failure_code},
        changes={"due_at": None},
        mails=letters(grant, snapshot),
    )
    return None


def letters(grant: Grant, snapshot: Snapshot) -> list[ledger.MailOrder]:
    """To everybody who may type the code."""
    page = f"{settings.PUBLIC_URL}/grants/{grant.reference}/code/"
    return [
        ledger.grant_letter("code_wanted", grant, to=address, sentence=snapshot.sentence, next_url=page)
        for address in queries.custodian_addresses(grant)
    ]
