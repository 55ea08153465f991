"""A user account: staff with a password and MFA, or a contractor with a mailed code."""

import uuid
from typing import TYPE_CHECKING, ClassVar, Final

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now

from grants.policy.signers import ON_CALL
from grants.values import Proof

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

APPROVERS: Final = "approvers"
TEMPLATE_ADMINS: Final = "template admins"
AUDITORS: Final = "auditors"
STAFF_ROLES: Final = (APPROVERS, TEMPLATE_ADMINS, AUDITORS, ON_CALL)

NOBODY: Final = uuid.UUID(int=0)


class UserManager(BaseUserManager["User"]):
    """Accounts are made by flows and by the operator's commands, never by sign-up."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Save an account; without a password it can only sign in by mailed code."""
        user = self.model(email=email.strip().lower(), **fields)
        if password is None:
            user.set_unusable_password()
        else:
            user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Save a superuser: may read the Django admin, decides nothing by that."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find by address without regard to case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """One account. ``person`` is the human behind it: two accounts of one human share it, and sign once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    full_name = models.CharField(max_length=120, blank=True)
    person = models.UUIDField(default=uuid.uuid4, db_index=True)
    vendor = models.ForeignKey(
        "grants.Vendor", null=True, blank=True, on_delete=models.PROTECT, related_name="contractors"
    )
    invited_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="invited")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    waiting_since = models.DateTimeField(null=True, editable=False)  # a contractor whom no sponsor has let in yet
    left_at = models.DateTimeField(null=True, editable=False)
    frozen_at = models.DateTimeField(null=True, editable=False)  # not active until two admins let them back in
    frozen_by = models.ForeignKey("self", null=True, editable=False, on_delete=models.PROTECT, related_name="+")
    times_frozen = models.PositiveIntegerField(
        default=0, db_default=0, editable=False
    )  # the database counts; a signature keeps it
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[UserManager] = UserManager()
    proof: Proof | None = None  # no column: what this request's session showed last, set by the middleware

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(name="user_email_is_lower", condition=models.Q(email=Lower("email"))),
            models.CheckConstraint(
                name="user_is_staff_or_contractor",
                condition=models.Q(is_staff=False) | models.Q(vendor__isnull=True),
            ),
            models.UniqueConstraint(name="user_and_person", fields=["id", "person"]),
            # carol+2@ is carol@: a second account of one mailbox would be a second person to sign or to be let in.
            models.UniqueConstraint(
                models.Func("email", models.Value(r"(.)\+[^@]*@"), models.Value(r"\1@"), function="regexp_replace"),
                name="user_one_per_mailbox",
            ),
            models.CheckConstraint(
                name="user_who_left_is_not_active", condition=models.Q(left_at=None) | models.Q(is_active=False)
            ),
            models.CheckConstraint(
                name="user_frozen_is_not_active",
                condition=models.Q(frozen_at=None, frozen_by=None)
                | models.Q(frozen_at__isnull=False, frozen_by__isnull=False, is_active=False),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def is_contractor(self) -> bool:
        """Signs in by mailed code, works for a vendor."""
        return self.vendor_id is not None

    @property
    def roles(self) -> frozenset[str]:
        """The names of this account's groups, read once per instance."""
        if not hasattr(self, "_roles"):
            self._roles = frozenset(self.groups.values_list("name", flat=True))
        return self._roles
