"""One statement, and what may come of it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from django.db import DatabaseError, OperationalError, connection, transaction


def first_row(sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """The first row that one statement answers, if any, by a cursor that is kept as long as its connection.

    Making Django's cursor, and psycopg's below it, costs nearly as much as sending the statement.
    """
    if connection.queries_logged or connection.execute_wrappers:  # somebody looks on
        with connection.cursor() as seen:
            seen.execute(sql, values)
            return seen.fetchone()  # type: ignore[no-any-return]  # Django's types say Any
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        return _cursor_on(connection.connection).execute(sql, values).fetchone()


class _Kept(threading.local):
    """One cursor a thread, as Django has one connection a thread."""

    cursor: "psycopg.Cursor[Any] | None" = None


_kept: Final = _Kept()


def _cursor_on(raw: "psycopg.Connection[Any]") -> "psycopg.Cursor[Any]":
    cursor = _kept.cursor
    if cursor is None or cursor.connection is not raw:
        cursor = _kept.cursor = raw.cursor()
    return cursor


def wait_for_disk() -> None:
    """Return when all that is committed by now is on disk, also what did not wait for it."""
    first_row("SELECT pg_logical_emit_message(true, 'daypass', '')")  # the least whose commit waits


def is_held(error: DatabaseError) -> bool:
    """Whether the database refused only because somebody held a row, or a lock, for longer than this role waits."""
    return isinstance(error.__cause__, psycopg.errors.LockNotAvailable)


@contextmanager
def unless_held() -> Iterator[None]:
    """Around what can be done another time as well: it ends where somebody holds a row for longer than one waits."""
    try:
        yield
    except OperationalError as error:
        if not is_held(error):
            raise


@contextmanager
def without_transaction() -> Iterator[None]:
    """Around one ``write_all``, which needs none; inside of one, as in tests, StaleRowError must not be its end."""
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
    else:
        yield
