"""Which staff account belongs to whom at the company's own sign-in."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models

if TYPE_CHECKING:
    from django.db.models.constraints import BaseConstraint


class CompanyLink(models.Model):
    """Made once, by the person, signed in with a second factor; never changed, only removed.

    ``issuer`` and ``subject`` together name one person for good: an address moves to somebody else, a subject does not.
    The database (migration 0012) takes rows of active staff only, and no change of one.
    """

    user = models.OneToOneField("grants.User", on_delete=models.PROTECT, related_name="company_link")
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list["BaseConstraint"]] = [
            models.UniqueConstraint(name="company_link_one_per_subject", fields=["issuer", "subject"]),
            models.CheckConstraint(
                name="company_link_names_somebody", condition=~models.Q(issuer="") & ~models.Q(subject="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.linked_at}"
