"""allauth as Daypass wants it: closed sign-up, mails through the outbox, no password instead of a second factor."""

from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core import context as allauth_context
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from grants import permissions
from grants.flows.send_account_mail import queue_account_mail
from grants.models import User
from portal.accounts.backends import may_sign_in
from portal.accounts.factors import STEP_UP_AGE, signed_in_within

CODE_MAIL: Final = "account/email/login_code"
RESET_MAIL: Final = "account/email/password_reset_key"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Closes sign-up, sends every mail through the outbox, and lets no password stand in for a second factor."""

    error_messages: ClassVar[dict[str, str]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "This address and password do not belong together. Type both again.",
        "enter_current_password": "That is not your present password. Type it again.",
        "incorrect_code": "That code is not right. Type the one from your newest mail, or have a new one sent.",
        "incorrect_password": "That is not your password. Type it again.",
        "too_many_login_attempts": "Too many tries in a row. Wait ten minutes, then try again.",
        "rate_limited": "That was too often in a short time. Wait ten minutes, then try again.",
    }

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

    def post_login(self, request: HttpRequest, user: User, **hooks: object) -> HttpResponse:
        """A contractor whose terms are not accepted reads them first, and then goes where they were going."""
        response: HttpResponse = super().post_login(request, user, **hooks)
        if permissions.allowed(permissions.check_terms_accepted, user):
            return response
        target = urlencode({"next": response.headers.get("Location", "/")})
        return HttpResponseRedirect(f"{reverse('grants:terms')}?{target}")

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Enrolment right after sign-in asks for no password twice; everything else does as allauth says."""
        request = allauth_context.request
        is_enrolling = app == "allauth.mfa" and not is_mfa_enabled(request.user)
        if is_enrolling and signed_in_within(request, timezone.now(), STEP_UP_AGE):
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

    def get_reset_password_from_key_url(self, key: str) -> str:
        """At the public address, whatever the Host header says: whoever asks for a mail must not choose its link."""
        return f"{settings.PUBLIC_URL}{urlsplit(super().get_reset_password_from_key_url(key)).path}"

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


def _notice_facts(template_prefix: str, context: dict[str, Any], now: datetime) -> dict[str, str]:
    """``mfa/email/totp_activated`` becomes what=totp_activated, with when and from where."""
    return {
        "what": template_prefix.rpartition("/")[2],
        "happened_at": now.isoformat(),
        "ip": str(context.get("ip", "")),
        "agent": str(context.get("user_agent", "")),
    }
