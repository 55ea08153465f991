"""Whether beat and the workers are at it, and whether this database is the one they worked with."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from grants import queries
from grants.flows.doctor.finding import failed, ok, warned
from grants.models import Heartbeat
from grants.values import Finding

WORKERS: Final = ("issue", "revoke", "mail")
LATE: Final = timedelta(seconds=60)  # six sweeps


def examine_life(*, now: datetime) -> Iterator[Finding]:
    """Heartbeats, the fence, and the archive of the write-ahead log."""
    beats = dict(Heartbeat.objects.values_list("worker", "at"))
    yield _beat(max(beats.values(), default=None), now)
    for worker in WORKERS:
        yield _worker(worker, beats.get(worker), now)
    yield _fence()
    yield _archive()


def _beat(newest: datetime | None, now: datetime) -> Finding:
    if newest is None:
        return failed("beat: has never rung anybody", "Start beat and the workers: runbook, What runs.")
    if now - newest > LATE:
        return failed(
            f"beat: no worker has been rung since {newest:%Y-%m-%d %H:%M:%S} UTC",
            "Start beat; if it runs, look at the broker and at the workers' logs.",
        )
    return ok(f"beat: rings, last {round((now - newest).total_seconds())} seconds ago")


def _worker(worker: str, at: datetime | None, now: datetime) -> Finding:
    if at is None or now - at > LATE:
        since = f"since {at:%Y-%m-%d %H:%M:%S} UTC" if at else "ever"
        return failed(f"{worker} worker: has not swept {since}", f"Start it, and look at its log: celery -Q {worker}.")
    return ok(f"{worker} worker: sweeps, last {round((now - at).total_seconds())} seconds ago")


def _fence() -> Finding:
    if queries.is_fenced():
        return failed(
            "database: it is fenced, because it was restored or moved: nothing is issued or revealed",
            "manage.py after_restore --check says where things stand; runbook, Back up, restore.",
        )
    return ok("database: it is the one Daypass last worked with, nothing is fenced")


def _archive() -> Finding:
    archive = queries.archive_state()
    if archive.failing:
        return failed("backups: PostgreSQL cannot archive its log", "Look at archive_command and where it writes.")
    if not archive.is_on:
        return warned(
            "backups: PostgreSQL archives no log, so a restore loses all since the last dump",
            "Set archive_mode, or be content with dumps; runbook, Back up, restore.",
        )
    return ok("backups: PostgreSQL archives its log")
