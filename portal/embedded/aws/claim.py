"""One stand-in per state directory, also while the one before it still writes its state down."""

import fcntl
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

WAIT_SECONDS: Final = 15
PID_FILE: Final = "standin.pid"


class StateInUseError(Exception):
    """Another stand-in runs on this state directory."""


def claim_state(state: Path) -> IO[str]:
    """The open lock file; closing it gives the state up. StateInUseError after 15 s."""
    lock = (state / "lock").open("w")
    try:
        _wait_until(lambda: _is_locked(lock), state)
        # When its starter was killed, the kernel asks the stand-in to end, and it saves its state after that.
        _wait_until(lambda: not _is_saving(state / PID_FILE), state)
    except BaseException:
        lock.close()
        raise
    return lock


def _is_locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_saving(pid_file: Path) -> bool:
    try:
        command = Path("/proc", pid_file.read_text(), "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return b"ministack" in command  # a process that is gone but not yet waited for has an empty command line


def _wait_until(is_so: Callable[[], bool], state: Path) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while not is_so():
        if time.monotonic() > until:
            raise StateInUseError(state)
        time.sleep(0.05)
