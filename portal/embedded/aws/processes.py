"""Child processes that end with their parent, one set per state directory."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from portal.embedded.aws.double_wire import LOOPBACK

CHILD: Final = Path(__file__).with_name("child.py")
START_SECONDS: Final = 30
STOP_SECONDS: Final = 15


class AwsStartError(Exception):
    """The stand-in or the double did not come up; the log says why."""


def take_lock(lock: IO[str]) -> None:
    """One stand-in per state. The children inherit the lock, so one that still saves its state is waited for."""
    until = time.monotonic() + STOP_SECONDS
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise AwsStartError("another stand-in runs on this state") from None
            time.sleep(0.05)


def start_child(
    program: list[str], environment: dict[str, str], death_signal: signal.Signals, log: IO[bytes], lock: IO[str]
) -> subprocess.Popen[bytes]:
    """The environment is exactly the given one: no AWS settings or keys of the caller reach the stand-in."""
    return subprocess.Popen(
        [sys.executable, str(CHILD), str(int(death_signal)), str(os.getpid()), *program],
        env={"PATH": os.defpath, **environment},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=environment["HOME"],
        pass_fds=(lock.fileno(),),
    )


def free_port() -> int:
    """A port of loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def wait_for_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until the process listens on ``port``; AwsStartError when it ends or takes too long."""
    for _ in while_alive(process, log):
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return


def while_alive(process: subprocess.Popen[bytes], log: Path) -> Iterator[None]:
    """Yield every 20 ms while the process lives and has time left, then raise AwsStartError."""
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        yield
        time.sleep(0.02)
    raise AwsStartError(f"the stand-in did not come up; see {log}")


def end_child(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, wait for it, and end it if it does not. One that has ended is left alone."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
