"""Ports on loopback: the preferred one when it is free, the next free one when not, and the same one next time."""

import errno
import json
import socket
from pathlib import Path
from typing import Final

STEPS: Final = 200
NO_SUCH_FAMILY: Final = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}  # a machine without IPv6


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


def any_free() -> int:
    """A port the system picks."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Ports:
    """The ports of one state directory, by name, remembered in ``ports.json``."""

    def __init__(self, state: Path) -> None:
        """Read what was given out before."""
        self._file = state / "ports.json"
        self._given: dict[str, int] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def pick(self, name: str, preferred: int = 0) -> int:
        """The port for ``name``: last time's, or ``preferred`` or the next free above it; 0 prefers none."""
        taken = {port for other, port in self._given.items() if other != name}
        wished = [self._given[name]] if name in self._given else []
        wished += range(preferred, preferred + STEPS) if preferred else []
        port = next((wish for wish in wished if wish not in taken and is_free(wish)), 0) or any_free()
        self._given[name] = port
        self._file.write_text(json.dumps(self._given, indent=2))
        return port
