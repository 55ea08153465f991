"""One statement, and what may come of it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connection, connections, transaction

KEPT_MAX: Final = 50  # statements; the code knows fewer


def first_row(sql: str, values: Sequence[Any] = (), *, is_binary: bool = False) -> tuple[Any, ...] | None:
    """The first row that one statement answers, if any, by a cursor that is kept as long as its connection.

    Making Django's cursor, and psycopg's below it, costs nearly as much as sending the statement. ``is_binary``: values
    come as PostgreSQL holds them, not as text to be read; not for JSON and addresses, of which Django wants the text.
    """
    django = connections[DEFAULT_DB_ALIAS]
    if django.queries_logged or django.execute_wrappers:  # somebody looks on
        with django.cursor() as seen:
            seen.execute(sql, values)
            return seen.fetchone()  # type: ignore[no-any-return]  # Django's types say Any
    django.close_if_health_check_failed()
    if django.connection is None:
        django.ensure_connection()
    django.validate_no_broken_transaction()
    with django.wrap_database_errors:
        return _cursor_for(sql, django.connection, is_binary=is_binary).execute(sql, values).fetchone()


class _Kept(threading.local):
    """The cursors of a thread's connection, one a statement: each knows already how its values are sent and read."""

    on: "psycopg.Connection[Any] | None" = None
    cursors: "dict[str, psycopg.Cursor[Any]]"


_kept: Final = _Kept()


def _cursor_for(sql: str, raw: "psycopg.Connection[Any]", *, is_binary: bool) -> "psycopg.Cursor[Any]":
    if _kept.on is not raw:
        _kept.on, _kept.cursors = raw, {}
    cursor = _kept.cursors.get(sql)
    if cursor is None:
        if len(_kept.cursors) == KEPT_MAX:
            _kept.cursors.clear()
        cursor = _kept.cursors[sql] = raw.cursor(binary=is_binary)
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
