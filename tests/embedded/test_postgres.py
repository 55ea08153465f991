"""The starter of PostgreSQL, on real servers."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import psycopg
import pytest

from portal.embedded.ports import any_free
from portal.embedded.postgres import Postgres
from portal.embedded.postgres_files import SOCKET_PATH_MAX, binaries
from portal.embedded.process import ServerFailedError
from portal.embedded.roles import OWNER, ROLES, WEB, WORKER
from portal.embedded.secrets import new_secrets
from portal.embedded.state import is_enterable_by_all, server_account
from tests.embedded.processes import descendants, eventually, is_alive, needs_proc, needs_root

PASSWORDS = new_secrets().database


def server_in(state: Path, **options: bool) -> Postgres:
    return Postgres(state=state, port=any_free(), passwords=PASSWORDS, durable=options.get("durable", False))


@pytest.fixture(scope="module")
def server(shared_state: Path) -> Iterator[Postgres]:
    running = server_in(shared_state)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def own(state: Path) -> Iterator[Postgres]:
    running = server_in(state)
    running.start()
    yield running
    running.stop()


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def do(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        connection.execute(statement)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_signs_in_with_its_password_and_is_nothing_more(server: Postgres, role: str) -> None:
    more = (
        "SELECT rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    assert ask(server.url(role), more) is False
    assert ask(server.url(role), "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user") is (role == OWNER)


@pytest.mark.parametrize("password", ["", "wrong", "postgres"])
def test_nobody_gets_in_without_the_password(server: Postgres, password: str) -> None:
    for user in ("postgres", *ROLES):
        with pytest.raises(psycopg.OperationalError, match=r"password"):
            psycopg.connect(host="127.0.0.1", port=server.port, user=user, password=password, dbname="postgres")


def test_the_socket_is_private_and_wants_the_password_too(server: Postgres) -> None:
    directory = str(ask(server.superuser_url(), "SHOW unix_socket_directories"))
    assert Path(directory).stat().st_mode & 0o077 == 0
    with pytest.raises(psycopg.OperationalError, match=r"password"):
        psycopg.connect(host=directory, port=server.port, user="postgres", dbname="postgres")


def test_a_process_of_ours_signs_in_by_the_private_socket(server: Postgres) -> None:
    assert ask(server.socket_url(WEB), "SELECT current_user || ' ' || (inet_server_addr() IS NULL)") == f"{WEB} true"


def test_where_the_socket_has_no_lasting_place_a_process_of_ours_comes_by_the_port(tmp_path: Path) -> None:
    far = server_in(tmp_path / ("x" * SOCKET_PATH_MAX))
    assert far.socket_url(WEB) == far.url(WEB)


def test_it_listens_on_loopback_only_and_keeps_passwords_as_scram(server: Postgres) -> None:
    assert ask(server.superuser_url(), "SHOW listen_addresses") == "127.0.0.1"
    weak = "SELECT count(*) FROM pg_authid WHERE rolpassword NOT LIKE 'SCRAM-SHA-256$%'"
    assert ask(server.superuser_url(), weak) == 0


@pytest.mark.parametrize(
    ("role", "statement", "lock", "idle"),
    [(OWNER, "0", "0", "0"), (WEB, "30s", "5s", "30s"), (WORKER, "1min", "5s", "30s")],
)
def test_each_role_has_its_timeouts(server: Postgres, role: str, statement: str, lock: str, idle: str) -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    assert [ask(server.url(role), f"SHOW {name}") for name in names] == [statement, lock, idle]


@pytest.mark.parametrize("role", [WEB, WORKER])
def test_only_the_owner_creates_tables(server: Postgres, role: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        do(server.url(role), "CREATE TABLE mine (id int)")


@needs_root
@needs_proc
def test_root_runs_it_as_an_account_without_rights(server: Postgres) -> None:
    account = server_account()
    assert account is not None
    owners = set()
    for pid in descendants(server.pid):
        with contextlib.suppress(FileNotFoundError):  # autovacuum's come and go
            owners.add(Path(f"/proc/{pid}").stat().st_uid)
    assert owners == {account.uid}
    assert is_enterable_by_all(binaries(account))


def test_its_data_is_private(server: Postgres) -> None:
    assert server.data.stat().st_mode & 0o077 == 0
    assert server.data.parent.stat().st_mode & 0o077 == 0
    assert not list(server.data.parent.glob("password"))


def test_its_data_survives_a_restart(own: Postgres) -> None:
    do(own.url(OWNER), "CREATE TABLE kept AS SELECT 42 AS answer")
    own.stop()
    own.start()
    assert ask(own.url(OWNER), "SELECT answer FROM kept") == 42


def test_its_data_survives_kill_9(state: Path) -> None:
    server = server_in(state, durable=True)
    server.start()
    try:
        do(server.url(OWNER), "CREATE TABLE kept AS SELECT 42 AS answer")
        server.kill()
        assert (server.data / "postmaster.pid").exists()
        server.start()
        assert ask(server.url(OWNER), "SELECT answer FROM kept") == 42
    finally:
        server.stop()


@needs_proc
def test_after_kill_9_it_waits_for_a_session_that_is_slow_to_notice(own: Postgres) -> None:
    with contextlib.closing(psycopg.connect(own.superuser_url())) as session:
        slow = session.info.backend_pid
        os.kill(slow, signal.SIGSTOP)
        own.kill()
        wakes = Timer(2, os.kill, (slow, signal.SIGCONT))
        wakes.start()
        own.start()
        wakes.join()
    assert ask(own.superuser_url(), "SELECT 1") == 1


def test_a_process_id_that_is_meanwhile_anothers_does_not_keep_it_from_starting(own: Postgres) -> None:
    note = own.data / "postmaster.pid"
    own.kill()
    note.write_text("\n".join([str(os.getppid()), *note.read_text().splitlines()[1:]]))
    own.start()
    assert ask(own.superuser_url(), "SELECT 1") == 1


@needs_proc
def test_a_server_that_was_left_behind_is_ended_first(own: Postgres) -> None:
    successor = server_in(own.data.parents[1])
    successor.start()
    assert eventually(lambda: not is_alive(own.pid))
    assert ask(successor.superuser_url(), "SELECT 1") == 1
    successor.stop()


@needs_proc
def test_stop_leaves_no_process_with_sessions_open_or_not(own: Postgres) -> None:
    family = descendants(own.pid)
    with psycopg.connect(own.url(WEB), autocommit=True) as connection:
        connection.execute("SELECT 1")
        own.stop()
    assert len(family) > 3
    assert not any(is_alive(pid) for pid in family)


def test_a_cluster_half_made_is_made_again(state: Path) -> None:
    server = server_in(state)
    server.start()
    server.stop()
    (server.data / "PG_VERSION").unlink()
    server.start()
    assert ask(server.superuser_url(), "SELECT 1") == 1
    server.stop()


def test_what_keeps_it_from_starting_is_said_with_the_end_of_its_log(own: Postgres) -> None:
    own.stop()
    (own.data / "postgresql.auto.conf").write_text("no_such_setting = on\n")
    with pytest.raises(ServerFailedError, match=r"(?s)PostgreSQL ended .*postgres\.log.*no_such_setting"):
        own.start()
