"""Who may sign in, and how: staff with password and second factor, contractors with a mailed code, nobody else."""

import base64
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.authentication import get_authentication_records
from allauth.account.forms import RequestLoginCodeForm
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.utils import is_mfa_enabled
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from grants.flows.send_account_mail import queue_account_mail
from grants.gateways import sealing
from grants.models import User

STEP_UP_AGE: Final = timedelta(minutes=5)
STEP_UP_TYPES: Final = frozenset({Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN})  # recovery codes do not count
PURPOSE: Final = "mfa"
AAD: Final = b"authenticator"

CODE_MAIL: Final = "account/email/login_code"
RESET_MAIL: Final = "account/email/password_reset_key"


def may_sign_in(user: User, now: datetime) -> bool:
    """Active, and staff, or a contractor of an active vendor whose contract has not ended."""
    if not user.is_active:
        return False
    if user.is_staff:
        return True
    return user.vendor is not None and user.vendor.is_active and user.vendor.contract_ends_at > now


def ensure_email_address(user: User) -> EmailAddress:
    """The address allauth knows for this account: exactly one, the account's own, verified by whoever invited."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    address, _ = EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return address


def has_mfa_session(request: HttpRequest) -> bool:
    """Whether this session, not merely this account, has shown a second factor; a recovery code is enough."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def has_fresh_mfa(request: HttpRequest, now: datetime, max_age: timedelta = STEP_UP_AGE) -> bool:
    """Step-up: a passkey or TOTP shown in this session within ``max_age``; a password or a recovery code is none."""
    oldest = (now - max_age).timestamp()
    return any(
        record.get("method") == "mfa" and record.get("type") in STEP_UP_TYPES and record.get("at", 0) > oldest
        for record in get_authentication_records(request, request.user)
    )


class StaffPasswordBackend(AuthenticationBackend):  # type: ignore[misc]
    """Passwords are for staff. A contractor's password, should one exist, opens nothing."""

    def _check_password(self, user: User | None, password: str) -> User | None:
        """Unknown, contractor and wrong password cost the same: allauth hashes once where this did not."""
        if user is None or not user.is_staff:
            return None
        checked: User | None = super()._check_password(user, password)
        return checked

    @classmethod
    def _stash_user(cls, user: User | None) -> None:
        """Allauth would tell an inactive account with the right password apart from a wrong password; nobody may."""

    def user_can_authenticate(self, user: User | None) -> bool:
        """Asked at every request too, so that a leaver's open session ends with the contract."""
        return user is not None and may_sign_in(user, timezone.now())

    def get_user(self, user_id: UUID | str) -> User | None:
        """The account behind a session, with its vendor in the same query."""
        user = User.objects.select_related("vendor").filter(pk=user_id).first()
        return user if self.user_can_authenticate(user) else None


class SignInCodeForm(RequestLoginCodeForm):  # type: ignore[misc]
    """Asks for an address. Staff, unknown, inactive and closed accounts get the same answer, and no code."""

    _user: User | None

    def clean_email(self) -> str:
        """Keep the account only if it is a contractor who may sign in; the page cannot tell the difference."""
        email: str = super().clean_email()
        user: User | None = self._user
        if user is not None and not (user.is_contractor and may_sign_in(user, timezone.now())):
            self._user = None
        return email


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes sign-up, sends every mail through the outbox, and lets no password stand in for a second factor."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by flows and by the operator."""
        del request
        return False

    def pre_login(self, request: HttpRequest, user: User, **hooks: object) -> HttpResponse | None:
        """Asked again after the code was typed: the vendor may have been closed since it was sent."""
        if not may_sign_in(user, timezone.now()):
            clear_login(request)
            refused: HttpResponse = self.respond_user_inactive(request, user)
            return refused
        response: HttpResponse | None = super().pre_login(request, user, **hooks)
        return response

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Enrolment right after sign-in asks for no password twice; everything else does as allauth says."""
        request = allauth_context.request
        is_enrolling = app == "allauth.mfa" and not is_mfa_enabled(request.user)
        if is_enrolling and _signed_in_within(request, timezone.now(), STEP_UP_AGE):
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """A password is no way to re-authenticate for whoever has a second factor."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if not is_mfa_enabled(user):
            return methods
        return [method for method in methods if method["id"] != "reauthenticate"]

    def reauthenticate(self, user: User, password: str) -> bool:
        """The same, for somebody who posts to the password form all the same."""
        return not is_mfa_enabled(user) and bool(super().reauthenticate(user, password))

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Staff with a second factor only: anybody else who holds the mailbox would hold the account."""
        if user.is_staff and is_mfa_enabled(user):
            super().send_password_reset_mail(user, email, context)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail; codes and links are sealed to the mail worker."""
        now = timezone.now()
        if template_prefix == CODE_MAIL:
            secrets = {"code": str(context["code"])}
            queue_account_mail(to=email, event="sign_in_code", context={}, secrets=secrets, now=now)
        elif template_prefix == RESET_MAIL:
            secrets = {"url": str(context["password_reset_url"])}
            queue_account_mail(to=email, event="password_reset", context={}, secrets=secrets, now=now)
        else:
            facts = _notice_facts(template_prefix, context, now)
            queue_account_mail(to=email, event="account_changed", context=facts, secrets={}, now=now)


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """TOTP and recovery seeds rest sealed: a database dump gives nobody a second factor."""

    def encrypt(self, text: str) -> str:
        """Seal under a key derived for this purpose alone."""
        return base64.b64encode(sealing.seal_at_rest(plaintext=text.encode(), purpose=PURPOSE, aad=AAD)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what ``encrypt`` sealed; raises SealError when the key is gone or the row was altered."""
        sealed = base64.b64decode(encrypted_text, validate=True)
        return sealing.open_at_rest(sealed=sealed, purpose=PURPOSE, aad=AAD).decode()


@receiver(authenticator_added, dispatch_uid="portal.accounts.enrolled")
def _count_enrolment_as_shown(
    request: HttpRequest, user: User, authenticator: Authenticator, **_signal: object
) -> None:
    """Enrolling proves possession with a code, so the session need not ask for the next one at once."""
    if authenticator.type in STEP_UP_TYPES:
        shown = {"id": authenticator.pk, "type": authenticator.type, "reauthenticated": True}
        record_authentication(request, user, "mfa", **shown)


def _signed_in_within(request: HttpRequest, now: datetime, max_age: timedelta) -> bool:
    oldest = (now - max_age).timestamp()
    return any(record.get("at", 0) > oldest for record in get_authentication_records(request, request.user))


def _notice_facts(template_prefix: str, context: dict[str, Any], now: datetime) -> dict[str, str]:
    """``mfa/email/totp_activated`` becomes what=totp_activated, with when and from where."""
    return {
        "what": template_prefix.rpartition("/")[2],
        "happened_at": now.isoformat(),
        "ip": str(context.get("ip", "")),
        "agent": str(context.get("user_agent", "")),
    }
