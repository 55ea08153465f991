"""The mail worker hands a mail to the mail server; what was sealed in it is wiped when the server has said yes."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import render_to_string

from grants import audit, ledger, queries
from grants.errors import GrantError, MailError
from grants.gateways import mailer, sealing
from grants.lifecycle import State
from grants.models import OutboxMail
from grants.models.outbox import MailState
from grants.models.rows import Change, StaleRowError, without_transaction, write_all
from grants.values import Letter

LEASE: Final = timedelta(seconds=75)
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60))
GIVE_UP: Final = timedelta(hours=36)
REJECTIONS_MAX: Final = 3
LINK_READY: Final = "link_ready"


def deliver_mail(*, mail_id: UUID, clock: Callable[[], datetime]) -> bool:
    """Send one queued mail that is due; whether there was one to send.

    Refused: tried again after 1, 5, 15, 30, 60 minutes, with the same link.
    """
    now = clock()
    # A lease: one worker sends it, and a crash gives it back after that.
    mail = queries.claimed_mail(mail_id, now=now, until=now + LEASE)
    if mail is None:
        return False
    if _is_overtaken(mail):
        _cancel(mail)
        return True
    try:
        reply = mailer.send_letter(_write_letter(mail))
    except GrantError as error:
        _keep(mail, error, clock())
    else:
        _settle(mail, reply, clock())
    return True


def _is_overtaken(mail: OutboxMail) -> bool:
    """A link that opens nothing any more: revoked, expired or used while its mail waited."""
    return mail.event == LINK_READY and mail.grant is not None and mail.grant.state not in {State.OFFERED, State.ISSUED}


def _cancel(mail: OutboxMail) -> None:
    state = mail.grant.state if mail.grant else None
    _change(mail, {"state": MailState.CANCELLED, "sealed": None}, "mail.cancelled", {"grant": state})


def _write_letter(mail: OutboxMail) -> Letter:
    """What is wrong with a mail's own content is kept with it; it must not come back for ever."""
    try:
        return _compose(mail)
    except (LookupError, TypeError, ValueError, TemplateDoesNotExist, TemplateSyntaxError) as error:
        raise MailError(f"cannot be written: {type(error).__name__}") from None


def _compose(mail: OutboxMail) -> Letter:
    secrets = json.loads(sealing.open_for_mail(box=ledger.box_of(mail), info=mail.pk.bytes)) if mail.sealed else {}
    context = {**mail.context, **secrets, "dates": _dates(mail.context)}
    folder = f"emails/{mail.event}"
    return Letter(
        to=mail.to_address,
        subject=" ".join(render_to_string(f"{folder}/subject.txt", context).split()),
        text=_for_whom(context) + render_to_string(f"{folder}/body.txt", context),
        html=render_to_string(f"{folder}/body.html", context),
        message_id=f"<{mail.pk}@{urlsplit(settings.PUBLIC_URL).hostname}>",
    )


def _for_whom(context: dict[str, object]) -> str:
    """The HTML says the same by its base."""
    absent = context.get("stands_in_for")
    return f"You read this because you stand in for {absent}.\n\n" if absent else ""


def _dates(context: dict[str, object]) -> dict[str, datetime]:
    """Every ``*_at`` of the context, as a date the templates can write."""
    return {
        name: datetime.fromisoformat(str(value)) for name, value in context.items() if name.endswith("_at") and value
    }


def _settle(mail: OutboxMail, reply: str, now: datetime) -> None:
    """Nobody waits for this commit: lost in a crash, the mail is sent once more with the same link."""
    sent = {"state": MailState.SENT, "sent_at": now, "sealed": None, "last_error": ""}
    _change(mail, sent, "mail.accepted", {"reply": reply[:100]}, is_lazy=True)


def _keep(mail: OutboxMail, error: GrantError, now: datetime) -> None:
    """Try again later; a mail that was refused for good, or for too long, is given up, flagged, and wiped."""
    refused_for_good = isinstance(error, MailError) and not error.retryable and mail.tries >= REJECTIONS_MAX
    given_up = refused_for_good or now - mail.created_at > GIVE_UP
    values: dict[str, object] = {"last_error": error.detail[:300]}
    if given_up:
        values |= {"state": MailState.REJECTED, "sealed": None}
    else:
        values["due_at"] = now + WAITS[min(mail.tries, len(WAITS)) - 1]
    _change(mail, values, "mail.given_up" if given_up else "mail.refused", {"code": error.code, "try": mail.tries})


def _change(
    mail: OutboxMail, values: dict[str, object], kind: str, facts: dict[str, audit.Fact], *, is_lazy: bool = False
) -> None:
    """The mail and its audit row by one statement; neither, where another worker has settled it meanwhile."""
    event = audit.rows_of_event(
        kind=kind,
        subject=mail.grant.reference if mail.grant else "account",
        actor=audit.MAIL_WORKER,
        facts={"mail": str(mail.pk), "event": mail.event, **facts},
        personal={"to": mail.to_address},
    )
    queued = {"pk": mail.pk, "state": MailState.QUEUED}
    with suppress(StaleRowError), without_transaction():
        write_all(Change(OutboxMail, queued, values), *event, is_lazy=is_lazy)
