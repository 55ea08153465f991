"""The audit table: append-only, hash-chained by a trigger from the first row on; no foreign keys."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class AuditEvent(models.Model):
    """One fact. ``seq``, ``at``, ``txid``, ``db_role`` and the digests are the database's, whatever is inserted.

    ``row_digest`` is SHA-256 over the row; ``link`` is SHA-256 over the previous link and the row digest, so that some
    rows can be proved with nothing but the digests of the rows between.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seq = models.BigIntegerField(unique=True, null=True)
    at = models.DateTimeField(null=True)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    payload = models.TextField()
    txid = models.BigIntegerField(null=True)
    db_role = models.CharField(max_length=63, blank=True)
    previous = models.BinaryField(max_length=32, null=True)
    row_digest = models.BinaryField(max_length=32, null=True)
    link = models.BinaryField(max_length=32, null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["seq"]
        indexes: ClassVar[list[models.Index]] = [models.Index(name="audit_subject", fields=["subject"])]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind} {self.subject}"


class AuditPersonal(models.Model):
    """A personal value whose salted SHA-256 stands in its event. It can be erased; the chain still holds."""

    event = models.UUIDField()
    field = models.CharField(max_length=40)
    salt = models.BinaryField(max_length=16)
    value = models.TextField()

    class Meta:
        verbose_name_plural = "personal data of the audit log"
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="personal_once_per_field", fields=["event", "field"]),
        ]

    def __str__(self) -> str:
        return self.field


class AuditHead(models.Model):
    """The end of the chain: one row, written by the trigger alone.

    ``txid``, ``subject`` and ``moved`` are of the last event: its transaction, and which move it tells of, if any. So a
    grant that moves finds its audit row without a search.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField()
    link = models.BinaryField(max_length=32)
    txid = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=60, default="")
    moved = models.TextField(default="")

    def __str__(self) -> str:
        return str(self.seq)
