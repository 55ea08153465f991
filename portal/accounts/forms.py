"""The sign-in forms that differ from allauth's."""

from datetime import datetime
from typing import Any, Final

from allauth.account.forms import ChangePasswordForm, RequestLoginCodeForm, ResetPasswordKeyForm
from django import forms
from django.utils import timezone

from grants.flows.people import knock
from grants.flows.send_account_mail import pretend_account_mail
from grants.models import User
from portal.accounts.backends import may_sign_in

NO_CODE = {"code": "AAAA-AAAA"}
LABELS: Final = {
    "oldpassword": "Current password",
    "password1": "New password",
    "password2": "New password (again)",
}


class LabelledForm(forms.Form):
    """Beside one of allauth's: its labels as every other form's are written."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say it in small letters."""
        super().__init__(*args, **kwargs)
        for name in LABELS.keys() & self.fields.keys():
            self.fields[name].label = LABELS[name]


class NewPasswordForm(LabelledForm, ChangePasswordForm):  # type: ignore[misc]  # allauth has no types
    """Over the one that is known."""


class LostPasswordForm(LabelledForm, ResetPasswordKeyForm):  # type: ignore[misc]  # allauth has no types
    """With the link that was mailed."""


class SignInCodeForm(RequestLoginCodeForm):  # type: ignore[misc]  # allauth has no types
    """Asks for an address. Staff, strangers and closed accounts get the same answer for the same work, and no code.

    Somebody who was invited, or whose vendor's domain is open, has no account until now.
    """

    _user: User | None

    def clean_email(self) -> str:
        """Keep or make the account only if it is a contractor who may sign in; the page cannot tell the difference."""
        email: str = super().clean_email()
        now = timezone.now()
        self._user = _contractor(self._user, email, now)
        if self._user is None:
            pretend_account_mail(to=email, event="sign_in_code", context={}, secrets=NO_CODE, now=now)
        return email


def _contractor(user: User | None, email: str, now: datetime) -> User | None:
    if user is None:
        return knock(email=email, now=now)
    return user if user.is_contractor and may_sign_in(user, now) else None
