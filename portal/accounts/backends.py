"""Which account a sign-in, or an open session, may belong to."""

from datetime import datetime
from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend
from django.utils import timezone

from grants.models import User


def may_sign_in(user: User, now: datetime) -> bool:
    """Active, and staff, or a contractor of an active vendor whose contract has not ended."""
    if not user.is_active:
        return False
    if user.is_staff:
        return True
    return user.vendor is not None and user.vendor.is_active and user.vendor.contract_ends_at > now


class StaffPasswordBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
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
