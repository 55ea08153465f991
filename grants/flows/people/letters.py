"""What people are told by mail about their accounts."""

import json
from datetime import datetime
from typing import Final

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from grants import ledger
from grants.models import Invitation, PersonChange, User

WHAT: Final = {
    "give": "You were given the role “{role}”.",
    "take": "Your role “{role}” was taken back.",
    "leave": "Your account was closed. You can no longer sign in.",
    "reset": "Your second factor was reset. Set up a new one the next time you sign in.",
    "believe": "A passkey of yours ({role}) now signs approvals: whoever issues believes its signatures.",
    "distrust": "A passkey of yours ({role}) no longer signs approvals.",
    "admit": "You were let in. You can ask for access now.",
    "freeze": "Your account was stopped. You can do nothing with it until two administrators let you back in.",
    "thaw": "You were let back in. Your account works again; what was ended stays ended.",
}


def enrolment_url(user: User) -> str:
    """Where a member of staff sets their first password: works once, and for as long as a password reset does."""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return f"{settings.PUBLIC_URL}{reverse('account_reset_password_from_key', kwargs=key)}"


def tell_changed(*, user: User, kind: str, now: datetime, role: str = "", by: str = "") -> None:
    """To the person: what was changed about their account."""
    _queue("person_changed", user.email, {"what": WHAT[kind].format(role=role), "who": by}, now)


def tell_invited(*, invitation: Invitation, now: datetime) -> None:
    """To the contractor: who invited them, for whom, and how to sign in."""
    context = {
        "who": str(invitation.invited_by),
        "vendor": invitation.vendor.name,
        "email": invitation.email,
        "expires_at": invitation.expires_at.isoformat(),
        "next_url": f"{settings.PUBLIC_URL}{reverse('account_request_login_code')}",
    }
    _queue("invited", invitation.email, context, now)


def tell_joined(*, user: User, now: datetime, by: str) -> None:
    """To new staff: the one link by which they set a password. It is sealed to the mail worker."""
    secrets = json.dumps({"url": enrolment_url(user)}).encode()
    _queue("staff_joined", user.email, {"who": by}, now, secrets=secrets)


def tell_frozen(*, user: User, to: str, by: str, reason: str, voided: int, live: int, now: datetime) -> None:
    """To the admins: who stopped whom, and what is left to do."""
    context = {
        "who": by,
        "whom": user.email,
        "reason": reason,
        "voided": str(voided),
        "live": str(live),
        "next_url": f"{settings.PUBLIC_URL}{reverse('grants:freeze', args=[user.pk])}",
    }
    _queue("person_frozen", to, context, now)


def tell_to_confirm(*, change: PersonChange, to: str, now: datetime) -> None:
    """To every other admin: a change waits for a second pair of eyes."""
    context = {
        "who": str(change.asked_by),
        "what": change.get_kind_display(),
        "whom": change.email,
        "role": change.role,
        "reason": change.reason,
        "next_url": f"{settings.PUBLIC_URL}{reverse('grants:change', args=[change.pk])}",
    }
    _queue("change_to_confirm", to, context, now)


def _queue(event: str, to: str, context: dict[str, str], now: datetime, *, secrets: bytes = b"") -> None:
    order = ledger.MailOrder(event, to, {**context, "public_url": settings.PUBLIC_URL}, secrets=secrets)
    ledger.queue_mail(order=order, grant=None, now=now)
