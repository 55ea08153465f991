"""One child process: started on a leash, waited for with a deadline, stopped politely and then not."""

import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

LEASH: Final = Path(__file__).with_name("leash.py")
TAIL_LINES: Final = 20
POLL_SECONDS: Final = 0.05


class ServerFailedError(Exception):
    """A server did not come up, or went away; the text names it and ends with the tail of its log."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who a child runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run. ``stop_signal`` ends it politely; the kernel sends ``last_signal`` when we are killed."""

    name: str
    argv: tuple[str, ...]
    environment: dict[str, str] = field(repr=False)
    directory: Path
    log: Path
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    last_signal: signal.Signals = signal.SIGKILL

    def leashed(self) -> list[str]:
        """The command line that first ties itself to us."""
        account = self.account or Account(-1, -1)
        words = (os.getpid(), int(self.last_signal), account.uid, account.gid)
        return [sys.executable, "-I", "-S", str(LEASH), *(str(word) for word in words), *self.argv]


class Child:
    """A running command. Start it from a thread that lives as long as it should: the leash is tied to that thread."""

    def __init__(self, command: Command) -> None:
        """Start ``command``; its output goes to the end of its log."""
        self.command = command
        log = os.open(command.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._log_start = os.fstat(log).st_size
        try:
            self._process = subprocess.Popen(  # the caller keeps it, and stop() ends it
                command.leashed(),
                cwd=command.directory,
                env=command.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C in the terminal is ours to handle, in order
            )
        finally:
            os.close(log)

    @property
    def pid(self) -> int:
        """The process id, for signals of your own."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def output(self) -> str:
        """All it wrote since this start."""
        with self.command.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def tail(self) -> str:
        """The last lines it wrote since this start."""
        return "\n".join(self.output().splitlines()[-TAIL_LINES:])

    def failed(self, what: str) -> ServerFailedError:
        """The error that says ``what`` went wrong, where the log is, and how it ends."""
        return ServerFailedError(f"{self.command.name} {what}.\nThe end of {self.command.log}:\n{self.tail()}")

    def wait_until(self, is_ready: Callable[[], bool], *, seconds: float) -> None:
        """Return once it is ready; ServerFailedError when it ends first or takes longer."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self.exit_status is not None:
                msg = f"ended with status {self.exit_status} instead of starting"
                raise self.failed(msg)
            if time.monotonic() > deadline:
                msg = f"was not ready after {seconds:.0f} s"
                raise self.failed(msg)
            time.sleep(POLL_SECONDS)

    def wait_for_success(self, *, seconds: float) -> None:
        """Return when it has ended with status 0; ServerFailedError otherwise."""
        try:
            status = self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            msg = f"was not done after {seconds:.0f} s"
            raise self.failed(msg) from None
        if status != 0:
            msg = f"ended with status {status}"
            raise self.failed(msg)

    def ask_to_stop(self) -> None:
        """Send the polite signal and do not wait."""
        if self.exit_status is None:
            self._process.send_signal(signal.SIGCONT)  # one that is stopped would never hear us
            self._process.send_signal(self.command.stop_signal)

    def stop(self, *, seconds: float = 10) -> None:
        """Gone when this returns, with everything it started: politely at first, killed after ``seconds``."""
        self.ask_to_stop()
        try:
            self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self._end_group()

    def kill(self) -> None:
        """By kill -9, and wait for the end."""
        self._process.kill()
        self._process.wait()

    def _end_group(self) -> None:
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return  # nobody is left in its session


class Server(ABC):
    """Something with one child process: the part that PostgreSQL, Valkey and the mail server have in common."""

    name: ClassVar[str]

    def __init__(self) -> None:
        """Nothing is started yet."""
        self._child: Child | None = None

    @property
    def child(self) -> Child:
        """The running process; ServerFailedError before start()."""
        if self._child is None:
            msg = f"{self.name} is not started."
            raise ServerFailedError(msg)
        return self._child

    @property
    def pid(self) -> int:
        """Its process id, for signals of your own."""
        return self.child.pid

    @abstractmethod
    def start(self) -> None:
        """Ready for work when this returns; ServerFailedError says why not."""

    def kill(self) -> None:
        """By kill -9, for those who want to see it come back."""
        self.child.kill()

    def stop(self) -> None:
        """Ended when this returns, its data kept."""
        if self._child:
            self._child.stop()

    def check_running(self) -> None:
        """ServerFailedError when it has ended by itself."""
        status = self.child.exit_status
        if status is not None:
            msg = f"ended with status {status}"
            raise self.child.failed(msg)
