"""Which sessions an account has: so that they can be listed and ended."""

from typing import ClassVar

from django.db import models


class SignIn(models.Model):
    """One sign-in. ``session_row`` is the key of the session's row, which is a digest of the cookie, not the cookie."""

    user = models.ForeignKey("grants.User", on_delete=models.PROTECT, related_name="sign_ins")
    session_row = models.CharField(max_length=40, unique=True)
    began_at = models.DateTimeField()
    ip = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-began_at"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.began_at}"
