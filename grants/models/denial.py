"""What AWS must refuse from now on: one federated session, or every session of a kind."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class Denying(models.Model):
    """``confirmed_at`` is when the Deny was read back from IAM, ``lifted_at`` when its entry had left it again."""

    wanted_at = models.DateTimeField()
    session_ends_at = models.DateTimeField()
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Denial(Denying):
    """One session of one grant; ``userid`` is ``ACCOUNT:federated name``, or ``AROA…:role session name``.

    Sessions of GetSessionToken have no name: there it is ``before=…``, every session of the user until then.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    issuer = models.ForeignKey("grants.Issuer", on_delete=models.PROTECT, related_name="denials")
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, related_name="denials")
    userid = models.CharField(max_length=100)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="denial_due", fields=["due_at"], condition=Q(confirmed_at__isnull=True)),
            models.Index(name="denial_standing", fields=["issuer"], condition=Q(lifted_at__isnull=True)),
        ]
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="denial_is_wanted_once", fields=["issuer", "userid"]),
        ]

    def __str__(self) -> str:
        return self.userid

    @property
    def entry(self) -> str:
        """As the Deny document's entries are written (policy/deny.py)."""
        return self.userid

    @property
    def subject(self) -> str:
        """What its audit rows are about."""
        return self.grant.reference


class WideDenial(Denying):
    """Sessions of no single grant: ``entry`` is ``vendor=…``, ``template=…``, ``before=…`` or a name found at AWS.

    Without ``asked_by`` Daypass wanted it itself.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    issuer = models.ForeignKey("grants.Issuer", on_delete=models.PROTECT, related_name="wide_denials")
    entry = models.CharField(max_length=100)
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey("grants.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(
                name="wide_denial_stands_once", fields=["issuer", "entry"], condition=Q(lifted_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.entry

    @property
    def subject(self) -> str:
        """What its audit rows are about."""
        return f"issuer {self.issuer.account_id}"
