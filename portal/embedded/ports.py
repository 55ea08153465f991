"""Ports on loopback: the preferred one when it is free, the next free one when not, and the same one next time."""

import errno
import fcntl
import json
import os
import random
import socket
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from portal.embedded.state import StateError

STEPS: Final = 200
ANY: Final = range(20_000, 32_000)  # below those that the kernel gives to outgoing connections
NO_SUCH_FAMILY: Final = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}  # a machine without IPv6

# What this process has reserved, for whom: a port is chosen seconds before its server listens, and two stacks that
# start at the same moment would choose the same. The locks end with the process.
_reserved: dict[int, tuple[str, int]] = {}


def is_free(port: int) -> bool:
    """Nobody listens on ``port`` of 127.0.0.1 or ::1; browsers try both for ``localhost``."""
    return _can_bind(socket.AF_INET, "127.0.0.1", port) and _can_bind(socket.AF_INET6, "::1", port)


def _can_bind(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error.errno in NO_SUCH_FAMILY
    return True


def _reserve(port: int, owner: str) -> bool:
    """Whether ``owner`` has the port now; asks the other stacks of this account before it asks the kernel."""
    if port in _reserved:
        return _reserved[port][0] == owner and is_free(port)
    lock = os.open(_folder() / str(port), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    if not is_free(port):
        os.close(lock)
        return False
    _reserved[port] = (owner, lock)
    return True


def _folder() -> Path:
    """Where this account's stacks meet. Others can write there too, so what is not ours is not used."""
    folder = Path(tempfile.gettempdir(), f"daypass-ports-{os.geteuid()}")
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode):
        msg = f"{folder} belongs to somebody else. Have it removed, or set TMPDIR to a directory of your own."
        raise StateError(msg)
    return folder


def any_free(owner: str = "") -> int:
    """A port that nobody uses, reserved as long as this process lives."""
    candidates = random.sample(ANY, len(ANY))
    return next(port for port in candidates if port not in _reserved and _reserve(port, owner))


class Ports:
    """The ports of one state directory, by name, remembered in ``ports.json``."""

    def __init__(self, state: Path) -> None:
        """Read what was given out before."""
        self._owner = str(state)
        self._file = state / "ports.json"
        self._given: dict[str, int] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def pick(self, name: str, preferred: int = 0) -> int:
        """The port for ``name``: last time's, or ``preferred`` or the next free above it; 0 prefers none."""
        taken = {port for other, port in self._given.items() if other != name}
        wished = [self._given[name]] if name in self._given else []
        wished += range(preferred, preferred + STEPS) if preferred else []
        fitting = (wish for wish in wished if wish not in taken and _reserve(wish, self._owner))
        port = next(fitting, 0) or any_free(self._owner)
        self._given[name] = port
        self._file.write_text(json.dumps(self._given, indent=2))
        return port
