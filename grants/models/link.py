"""A pickup link: the SHA-256 of its token, a public key, its lifetime and its fate."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull

from grants.models.nulls import at_most_one
from grants.values import CODE_TRIES

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint

FATES = ("used_at", "locked_at", "closed_at")
LIVE_LINK = Q(**{f"{fate}__isnull": True for fate in FATES})


class PickupLink(models.Model):
    """Reveals once: ``used_at`` is set by one conditional UPDATE, and by nothing else. Ending counts its own tries.

    ``claimed_at``: its holder has passed the check and waits for credentials that are minted only now.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    grant = models.ForeignKey("grants.Grant", on_delete=models.PROTECT, related_name="links")
    token_digest = models.BinaryField(max_length=32, unique=True)
    public_key = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    end_tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    used_from = models.GenericIPAddressField(null=True)
    locked_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list["BaseConstraint"]] = [
            # LIVE_LINK in words that no query uses: PostgreSQL without statistics would rather walk this index, of all
            # links that live, than look one up by its key.
            models.UniqueConstraint(
                name="link_one_live_per_grant", fields=["grant"], condition=Q(IsNull(Coalesce(*FATES), rhs=True))
            ),
            models.CheckConstraint(
                name="link_tries_are_counted", condition=Q(tries__lte=CODE_TRIES, end_tries__lte=CODE_TRIES)
            ),
            models.CheckConstraint(name="link_has_one_fate", condition=at_most_one(*FATES)),
        ]

    def __str__(self) -> str:
        return str(self.id)
