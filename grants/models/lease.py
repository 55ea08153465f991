"""Whose turn it is with what only one worker may do at a time."""

from django.db import models


class Lease(models.Model):
    """One row a turn that is taken, by which connection of which worker; it is given back by taking the row away."""

    key = models.CharField(max_length=80, primary_key=True)
    holder = models.UUIDField()
    taken_at = models.DateTimeField()
    backend_pid = models.IntegerField()
    backend_start = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
