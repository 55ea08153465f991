"""A kept connection is believed while its socket says nothing, and given up once the server has ended it."""

import os

import psycopg
import pytest
from django.db import close_old_connections, connection

from grants.models.rows import ask, first_row

pytestmark = pytest.mark.django_db(transaction=True)


def own_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def ask_beside(query: str, *values: object) -> object:
    with psycopg.connect(os.environ["DAYPASS_SUPERUSER_URL"], autocommit=True) as other:
        row = other.execute(query, values).fetchone()
        return row and row[0]


def test_one_that_has_just_answered_is_not_asked_again() -> None:
    pid = own_pid()
    assert connection.is_usable()
    own_pid()
    assert connection.is_usable()
    assert ask_beside("SELECT query FROM pg_stat_activity WHERE pid = %s", pid) == "SELECT pg_backend_pid()"


def test_one_that_the_server_has_ended_is_seen_at_once() -> None:
    own_pid()
    assert connection.is_usable()
    assert ask_beside("SELECT pg_terminate_backend(%s, 5000)", own_pid())
    assert not connection.is_usable()
    connection.close()
    assert connection.connection is None
    assert own_pid()


def test_what_is_asked_by_the_kept_cursor_is_asked_of_a_connection_that_lives() -> None:
    """The server ended the connection between two requests; Django looks at it in front of each."""
    (pid,) = first_row("SELECT pg_backend_pid()") or (0,)
    assert ask_beside("SELECT pg_terminate_backend(%s, 5000)", pid)
    close_old_connections()
    assert (first_row("SELECT pg_backend_pid()") or (pid,))[0] != pid


def test_each_statement_keeps_a_cursor_as_long_as_its_connection_and_not_more_than_some() -> None:
    first_row("SELECT 1")
    kept = dict(ask._kept.cursors)
    assert (first_row("SELECT 2"), first_row("SELECT 1")) == ((2,), (1,))
    assert ask._kept.cursors["SELECT 1"] is kept["SELECT 1"] is not ask._kept.cursors["SELECT 2"]
    for number in range(ask.KEPT_MAX + 1):
        assert first_row(f"SELECT {number}") == (number,)
    assert len(ask._kept.cursors) <= ask.KEPT_MAX
    connection.close()
    assert first_row("SELECT 1") == (1,)
    assert list(ask._kept.cursors) == ["SELECT 1"]
