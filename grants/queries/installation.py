"""Whether this database is the one that Daypass last worked with, or an older one that was put in its place."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection


def is_fenced() -> bool:
    """Whether nothing may be issued or revealed: the database was restored or moved, or an operator said so."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT daypass_is_fenced()")
        return bool(cursor.fetchone()[0])


def raise_fence(now: datetime) -> None:
    """From here on nothing is issued or revealed; the owner's role only."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE daypass_installation SET fenced_at = coalesce(fenced_at, %s)", [now])


def lower_fence(now: datetime) -> None:
    """This database, here, is the truth from now on; the owner's role only."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO daypass_installation (id, identity, noted_at) VALUES (1, daypass_identity(), %s) ON CONFLICT"
            " (id) DO UPDATE SET identity = excluded.identity, noted_at = excluded.noted_at, fenced_at = NULL",
            [now],
        )


@dataclass(frozen=True, slots=True)
class Archive:
    """Whether PostgreSQL archives its write-ahead log, and whether its last try failed."""

    is_on: bool
    failing: bool


def archive_state() -> Archive:
    """As PostgreSQL says; any role may ask."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('archive_mode') <> 'off', coalesce(last_failed_time > last_archived_time,"
            " last_failed_time IS NOT NULL) FROM pg_stat_archiver"
        )
        is_on, failing = cursor.fetchone()
    return Archive(is_on, bool(is_on and failing))
