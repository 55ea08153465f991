"""The sign-in forms that differ from allauth's."""

from allauth.account.forms import RequestLoginCodeForm
from django.utils import timezone

from grants.models import User
from portal.accounts.backends import may_sign_in


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
