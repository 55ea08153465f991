"""An AWS principal that mints, by name; its keys are never here."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models

from grants.values import IssuerRef

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class Issuer(models.Model):
    """An IAM user of one account. ``profile`` and ``revoker_profile`` name entries of the AWS credential chain."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    account_id = models.CharField(max_length=12)
    partition = models.CharField(max_length=20, default="aws")
    region = models.CharField(max_length=30)
    user_arn = models.CharField(max_length=2048)
    profile = models.CharField(max_length=100)
    revoker_profile = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.CheckConstraint(
                name="issuer_account_is_twelve_digits", condition=models.Q(account_id__regex=r"^\d{12}$")
            ),
            models.CheckConstraint(
                name="issuer_partition_is_known", condition=models.Q(partition__in=["aws", "aws-cn", "aws-us-gov"])
            ),
            models.CheckConstraint(
                name="issuer_arn_is_an_iam_user",
                condition=models.Q(user_arn__regex=r"^arn:[a-z-]+:iam::\d{12}:user/[\w+=,.@/-]+$"),
            ),
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
        )
