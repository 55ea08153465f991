"""Account mails, such as a sign-in code, go through the outbox like every other mail; or seem to, for strangers."""

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from grants import audit, dispatch, ledger


def queue_account_mail(
    *, to: str, event: str, context: Mapping[str, str], secrets: Mapping[str, str], now: datetime
) -> None:
    """Queue a mail about an account. ``secrets`` are sealed to the mail worker, wiped when sent, and never logged."""
    order = ledger.MailOrder(
        event,
        to,
        {**context, "public_url": settings.PUBLIC_URL},
        secrets=json.dumps(dict(secrets)).encode() if secrets else b"",
    )
    with transaction.atomic():
        ledger.queue_mail(order=order, grant=None, now=now)
        audit.record_event(
            kind="account.mail_queued",
            subject="account",
            actor=audit.Actor("portal"),
            facts={"event": event},
            personal={"to": to},
        )


def pretend_account_mail(
    *, to: str, event: str, context: Mapping[str, str], secrets: Mapping[str, str], now: datetime
) -> None:
    """Do the work of a mail and leave nothing of it: the time of an answer must not tell who has an account."""
    with transaction.atomic():
        queue_account_mail(to=to, event=event, context=context, secrets=secrets, now=now)
        transaction.set_rollback(True)
    dispatch.ring(dispatch.DELIVER, [uuid4()])
