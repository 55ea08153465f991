"""A real PostgreSQL of our own: passwords everywhere, loopback and a private socket only, never as root."""

import os
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg

from portal.embedded import roles
from portal.embedded.postgres_files import SOCKET_PATH_MAX, binaries
from portal.embedded.process import POLL_SECONDS, Account, Child, Command, Server, ServerFailedError
from portal.embedded.state import make_private, server_account

SUPERUSER: Final = "postgres"
START_SECONDS: Final = 60
LEFTOVER_SECONDS: Final = 10
STILL_THERE: Final = "pre-existing shared memory block"
TESTS_ONLY: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
SETTINGS: Final = (
    "listen_addresses=127.0.0.1",
    "password_encryption=scram-sha-256",
    "max_connections=150",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_line_prefix=%m %u ",
)


@dataclass(frozen=True, slots=True)
class DatabasePasswords:
    """The superuser's, and each role's by its name."""

    superuser: str = field(repr=False)
    roles: dict[str, str] = field(repr=False)


class Postgres(Server):
    """One cluster in ``state``/postgres. ``durable=False`` trades crash safety for speed, for tests."""

    name = "PostgreSQL"

    def __init__(self, *, state: Path, port: int, passwords: DatabasePasswords, durable: bool = True) -> None:
        """Nothing is started yet."""
        super().__init__()
        self.port = port
        self._state = state
        self._passwords = passwords
        self._durable = durable
        self._account = server_account()
        self._home = state / "postgres"
        self._socket: Path | None = None

    @property
    def _beside(self) -> Path:
        return self._home / "socket"

    @property
    def _has_room_beside(self) -> bool:
        return len(bytes(self._beside)) <= SOCKET_PATH_MAX

    @property
    def data(self) -> Path:
        """The cluster's own directory."""
        return self._home / "data"

    def url(self, role: str, database: str = roles.DATABASE) -> str:
        """DATABASE_URL for one of our roles."""
        return f"postgres://{role}:{self._passwords.roles[role]}@127.0.0.1:{self.port}/{database}"

    def socket_url(self, role: str, database: str = roles.DATABASE) -> str:
        """The same by the private socket, which costs both sides less, where that has a lasting place."""
        if not self._has_room_beside:
            return self.url(role, database)
        where = quote(str(self._beside), safe="")
        return f"postgres://{role}:{self._passwords.roles[role]}@:{self.port}/{database}?host={where}"

    def superuser_url(self, database: str = "postgres") -> str:
        """For the starter and for tests that play the attacker with the database in hand."""
        return f"postgres://{SUPERUSER}:{self._passwords.superuser}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Create the cluster if need be, start it, and bring roles and database up; ServerFailedError says why not."""
        make_private(self._home, owner=self._account)
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        end_leftover(self.data)
        self._socket = self._socket_directory()
        self._start_server()
        with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
            roles.create_roles(connection, self._passwords.roles)
            roles.create_database(connection)

    def _start_server(self) -> None:
        """Once more, and again, while sessions of a server that was killed have not noticed yet that it is gone."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._child = Child(self._server_command())
            try:
                return self.child.wait_until(self._answers, seconds=START_SECONDS)
            except ServerFailedError:
                if STILL_THERE not in self.child.output() or time.monotonic() > deadline:
                    raise
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, nothing is lost, no process is left."""
        super().stop()
        if self._socket and self._socket.parent != self._home:
            shutil.rmtree(self._socket, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.superuser_url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _command(self, name: str, *argv: str) -> Command:
        program = binaries(self._account) / "bin" / argv[0]
        return Command(
            name=name,
            argv=(str(program), *argv[1:]),
            environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            directory=self._home,
            log=make_private(self._state / "logs") / "postgres.log",
            account=self._account,
            stop_signal=signal.SIGINT,
            last_signal=signal.SIGINT,
        )

    def _server_command(self) -> Command:
        options = [*SETTINGS, f"port={self.port}", f"unix_socket_directories={self._socket}"]
        options += [] if self._durable else TESTS_ONLY
        words = [word for option in options for word in ("-c", option)]
        return self._command(self.name, "postgres", "-D", str(self.data), *words)

    def _create_cluster(self) -> None:
        """With a password from the first moment: never a cluster that trusts everybody on the machine."""
        shutil.rmtree(self.data, ignore_errors=True)  # half of one, from a start that was interrupted
        password = self._home / "password"
        password.write_text(self._passwords.superuser)
        password.chmod(0o600)
        give_to(password, self._account)
        how = ("--auth-host=scram-sha-256", "--auth-local=scram-sha-256", "--data-checksums", "--no-locale")
        text = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        who = ("-U", SUPERUSER, f"--pwfile={password}")
        sync = () if self._durable else ("--no-sync",)
        child = Child(self._command("initdb", "initdb", "-D", str(self.data), *how, *text, *who, *sync))
        try:
            child.wait_for_success(seconds=START_SECONDS)
        finally:
            child.stop()
            password.unlink()

    def _socket_directory(self) -> Path:
        """Private, and short enough for the kernel: beside the data, or in the temporary directory."""
        if self._has_room_beside:
            return make_private(self._beside, owner=self._account)
        elsewhere = Path(tempfile.mkdtemp(prefix="daypass-"))
        give_to(elsewhere, self._account)
        return elsewhere


def give_to(path: Path, account: Account | None) -> None:
    """Hand one of our own files to the server's account."""
    if account:
        os.chown(path, account.uid, account.gid)


def end_leftover(data: Path) -> None:
    """A server of an earlier run that is still there is ended; a process id that is meanwhile another's is forgotten.

    PostgreSQL itself copes with the process id of a dead server, but takes any living process for one.
    """
    note = data / "postmaster.pid"
    try:
        pid = int(note.read_text().split("\n", 1)[0])
        words = _words_of(pid)
    except (OSError, ValueError):
        return
    if bytes(data) not in words:
        note.unlink(missing_ok=True)
        return
    for request in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        os.kill(pid, request)
        if _is_gone(pid, words):
            return


def _words_of(pid: int) -> list[bytes]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


def _is_gone(pid: int, words: list[bytes]) -> bool:
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while time.monotonic() < deadline:
        try:
            if _words_of(pid) != words:
                return True
        except OSError:
            return True
        time.sleep(POLL_SECONDS)
    return False
