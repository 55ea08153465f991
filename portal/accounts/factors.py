"""Second factors: how they rest, and when a session has shown one recently enough."""

import base64
from datetime import datetime, timedelta
from typing import ClassVar, Final
from urllib.parse import urlsplit

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse

from grants.gateways import sealing
from grants.models import User
from grants.values import Proof

STEP_UP_AGE: Final = timedelta(minutes=5)
STEP_UP_TYPES: Final = frozenset({Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN})  # recovery codes do not count
PURPOSE: Final = "mfa"
AAD: Final = b"authenticator"


def has_mfa_session(request: HttpRequest) -> bool:
    """Whether this session, not merely this account, has shown a second factor; a recovery code is enough."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def newest_proof(request: HttpRequest, now: datetime) -> Proof | None:
    """The passkey or TOTP that this session showed last; a password or a recovery code is none."""
    shown = [
        (float(record.get("at", 0)), str(record["type"]))
        for record in get_authentication_records(request, request.user)
        if record.get("method") == "mfa" and record.get("type") in STEP_UP_TYPES
    ]
    if not shown:
        return None
    at, method = max(shown)
    return Proof(method=method, age_seconds=max(int(now.timestamp() - at), 0))


def has_fresh_mfa(request: HttpRequest, now: datetime, max_age: timedelta = STEP_UP_AGE) -> bool:
    """Step-up: a passkey or TOTP shown in this session within ``max_age``."""
    proof = newest_proof(request, now)
    return proof is not None and proof.age_seconds < max_age.total_seconds()


def has_shown_again(request: HttpRequest, now: datetime) -> bool:
    """A passkey or TOTP, asked for after signing in and shown within ``STEP_UP_AGE``: what changes a factor."""
    oldest = (now - STEP_UP_AGE).timestamp()
    return any(
        record.get("reauthenticated") and record.get("type") in STEP_UP_TYPES and record.get("at", 0) > oldest
        for record in get_authentication_records(request, request.user)
    )


def showed_recovery_code(request: HttpRequest) -> bool:
    """Whether what this session showed last was a recovery code: the person should hear that it is not enough."""
    records = get_authentication_records(request, request.user)
    return bool(records) and records[-1].get("type") == Authenticator.Type.RECOVERY_CODES


def proof_page(user: User) -> str:
    """Where this person shows a second factor again: the page of the app, or of the passkey where there is no app."""
    has_app = is_mfa_enabled(user, [Authenticator.Type.TOTP])
    return reverse("mfa_reauthenticate" if has_app else "mfa_reauthenticate_webauthn")


def signed_in_within(request: HttpRequest, now: datetime, max_age: timedelta) -> bool:
    """Whether anything at all was shown in this session within ``max_age``."""
    oldest = (now - max_age).timestamp()
    return any(record.get("at", 0) > oldest for record in get_authentication_records(request, request.user))


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """TOTP and recovery seeds rest sealed: whoever reads the table, or a dump of it, gets nobody's second factor.

    Whoever writes to it does: allauth's two hooks are not told whose seed it is, so it cannot be bound to its row, and
    a passkey's public key is no secret to begin with. SECURITY.md says so too.
    """

    error_messages: ClassVar[dict[str, str]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "That code is not right, or was used already. Type the one that your app shows now.",
    }

    def encrypt(self, text: str) -> str:
        """Seal under a key derived for this purpose alone."""
        return base64.b64encode(sealing.seal_at_rest(plaintext=text.encode(), purpose=PURPOSE, aad=AAD)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what ``encrypt`` sealed; raises SealError when the key is gone or the text was altered."""
        sealed = base64.b64decode(encrypted_text, validate=True)
        return sealing.open_at_rest(sealed=sealed, purpose=PURPOSE, aad=AAD).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the public host name, whatever name a request was sent to."""
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "", "name": "Daypass"}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        """A name for a passkey whose owner gave it none."""
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"


@receiver(authenticator_added, dispatch_uid="portal.accounts.enrolled")
def _count_enrolment_as_shown(
    request: HttpRequest, user: User, authenticator: Authenticator, **_signal: object
) -> None:
    """Enrolling proves possession, so the session need not ask for the next proof at once."""
    if authenticator.type in STEP_UP_TYPES:
        shown = {"id": authenticator.pk, "type": authenticator.type, "reauthenticated": True}
        record_authentication(request, user, "mfa", **shown)
