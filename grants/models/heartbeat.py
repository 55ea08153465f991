"""When beat last rang a worker that came."""

from django.db import models


class Heartbeat(models.Model):
    """One row a worker (issue, revoke, mail), written by each of its sweeps."""

    worker = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.worker
