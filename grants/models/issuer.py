"""An AWS principal that mints, by name; its keys are never here."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from grants.policy.durations import DURATIONS, Durations, operation_of
from grants.values import IssuerRef

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

IN_ITS_ACCOUNT = Concat(Value("arn:"), F("partition"), Value(":iam::"), F("account_id"), Value(":"))


class IssuerKind(models.TextChoices):
    """By which STS operation it mints."""

    USER = "user", "IAM user (GetFederationToken)"
    SESSION = "session", "dedicated IAM user (GetSessionToken)"
    ROLE = "role", "role (AssumeRole)"


class Issuer(models.Model):
    """A principal of one account. ``profile`` and ``revoker_profile`` name entries of the AWS credential chain.

    ``user_arn`` is the IAM user that mints. Of a ``role`` it is who assumes it: an IAM user, or itself a role, whose
    temporary keys chain. A role's external ID stands in the profile, as ``external_id``, and never here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=10, choices=IssuerKind.choices, default=IssuerKind.USER)
    account_id = models.CharField(max_length=12)
    partition = models.CharField(max_length=20, default="aws")
    region = models.CharField(max_length=30)
    user_arn = models.CharField(max_length=2048)
    role_arn = models.CharField(max_length=2048, blank=True)
    role_id = models.CharField(max_length=64, blank=True)
    mfa_serial = models.CharField(max_length=256, blank=True)
    profile = models.CharField(max_length=100)
    revoker_profile = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(name="issuer_kind_is_known", condition=Q(kind__in=IssuerKind.values)),
            models.CheckConstraint(name="issuer_account_is_twelve_digits", condition=Q(account_id__regex=r"^\d{12}$")),
            models.CheckConstraint(
                name="issuer_partition_is_known", condition=Q(partition__in=["aws", "aws-cn", "aws-us-gov"])
            ),
            models.CheckConstraint(
                name="issuer_arn_is_who_mints",
                condition=Q(user_arn__regex=r"^arn:[a-z-]+:iam::\d{12}:user/[\w+=,.@/-]+$")
                | Q(kind="role", user_arn__regex=r"^arn:[a-z-]+:iam::\d{12}:role/[\w+=,.@/-]+$"),
            ),
            models.CheckConstraint(
                name="issuer_user_is_of_its_account",
                condition=Q(kind="role") | Q(user_arn__startswith=IN_ITS_ACCOUNT),
            ),
            # The Deny names a role's sessions by its unique id: without it none could be ended early.
            models.CheckConstraint(
                name="issuer_role_is_named_in_full",
                condition=(~Q(kind="role") & Q(role_arn="", role_id=""))
                | Q(
                    kind="role",
                    role_arn__regex=r"^arn:[a-z-]+:iam::\d{12}:role/[\w+=,.@/-]+$",
                    role_arn__startswith=IN_ITS_ACCOUNT,
                    role_id__regex=r"^AROA[A-Z0-9]{12,60}$",
                ),
            ),
            models.CheckConstraint(name="issuer_mfa_is_of_a_session", condition=Q(mfa_serial="") | Q(kind="session")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> IssuerRef:
        """This issuer by value, as the gateways take it."""
        return IssuerRef(
            account_id=self.account_id,
            partition=self.partition,
            region=self.region,
            user_arn=self.user_arn,
            profile=self.profile,
            kind=self.kind,
            role_arn=self.role_arn,
            role_id=self.role_id,
        )

    @property
    def durations(self) -> Durations:
        """How long its credentials may live."""
        return DURATIONS[operation_of(self.ref)]
