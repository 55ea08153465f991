"""``make demo`` as a process of its own: what it tells, what it keeps, and that nothing outlives it."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.embedded.ports import is_free
from portal.embedded.stack import PREFERRED
from tests.embedded.processes import descendants, eventually, is_alive, needs_proc

pytestmark = [needs_proc, pytest.mark.xdist_group("demo"), pytest.mark.timeout(240)]
LAST_LINE = "Ctrl-C stops everything."
UP_SECONDS = 90


class Demo:
    """One run in ``state``; ``said`` is all it printed so far."""

    def __init__(self, state: Path, *options: str) -> None:
        self.output = state.parent / f"{secrets.token_hex(4)}.output"
        argv = [sys.executable, "-m", "portal.embedded.demo", "--state", str(state), *options]
        with self.output.open("w") as file:
            self.process = subprocess.Popen(argv, stdout=file, stderr=file, start_new_session=True)

    @property
    def said(self) -> str:
        return self.output.read_text()

    def says(self, words: str) -> bool:
        return eventually(lambda: words in self.said or self.process.poll() is not None, seconds=UP_SECONDS) and (
            words in self.said
        )

    def up(self) -> "Demo":
        assert self.says(LAST_LINE), self.said
        return self

    def address(self, label: str) -> str:
        return next(line.split()[-1] for line in self.said.splitlines() if line.strip().startswith(label))


@contextmanager
def demo(state: Path, *options: str) -> Iterator[Demo]:
    running = Demo(state, *options)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()
        running.output.unlink()


@pytest.fixture
def home(state: Path) -> Path:
    """Below the test's own directory, because the demo takes the lock of its state."""
    directory = state / "demo"
    directory.mkdir(mode=0o711)
    return directory


def gone(family: set[int]) -> bool:
    return eventually(lambda: not any(is_alive(pid) for pid in family))


def test_it_starts_tells_everything_keeps_its_data_and_leaves_no_process(home: Path) -> None:
    with demo(home) as first:
        first.up()
        people = json.loads((home / "people.json").read_text())
        for person in people:
            assert all(person[key] in first.said for key in ("name", "email", "password", "totp_seed"))
        site = first.address("Daypass  ")
        with urllib.request.urlopen(f"{site}accounts/login/", timeout=10) as page:  # noqa: S310 -- our own address
            assert page.status == 200
        family = descendants(first.process.pid)
        first.process.send_signal(signal.SIGINT)
        assert first.process.wait(timeout=60) == 0
        assert gone(family)
        assert len(family) > 15
    with demo(home) as second:
        second.up()
        assert json.loads((home / "people.json").read_text()) == people
        assert second.address("Daypass  ") == site
        assert "Starting over" not in second.said


def test_reset_starts_over_and_a_busy_port_is_stepped_around(home: Path) -> None:
    (home / "people.json").write_text("[]")
    preferred = PREFERRED["inbox"]
    with socket.socket() as busy:
        busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_free(preferred):
            busy.bind(("127.0.0.1", preferred))
            busy.listen()
        with demo(home, "--reset") as running:
            assert not running.up().address("Mails").endswith(f":{preferred}/")
            assert "Starting over" in running.said
            assert json.loads((home / "people.json").read_text())


def test_killed_with_9_it_takes_everything_along_and_comes_back(home: Path) -> None:
    with demo(home) as running:
        family = descendants(running.up().process.pid)
        running.process.kill()
        assert gone(family), [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in family if is_alive(pid)]
    with demo(home) as again:
        again.up()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_stopped_in_the_middle_of_its_start_it_leaves_nothing(home: Path, number: signal.Signals) -> None:
    with demo(home) as running:
        assert running.says("Tables, people and templates"), running.said
        family = descendants(running.process.pid)
        running.process.send_signal(number)
        assert running.process.wait(timeout=60) == 0
        assert gone(family)
        assert "Traceback" not in running.said


def test_a_second_ctrl_c_does_not_leave_anything_behind(home: Path) -> None:
    with demo(home) as running:
        family = descendants(running.up().process.pid)
        running.process.send_signal(signal.SIGINT)
        assert running.says("Stopping")
        running.process.send_signal(signal.SIGINT)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=60) == 0
        assert gone(family)
        assert "Traceback" not in running.said


def test_a_second_one_in_the_same_place_is_refused_with_a_reason(home: Path) -> None:
    with demo(home) as first:
        assert first.says("PostgreSQL")
        with demo(home, "--reset") as second:
            assert second.process.wait(timeout=60) == 1
            assert f"already running (process {first.process.pid}" in second.said
        first.up()


def test_what_dies_is_told_and_started_again(home: Path) -> None:
    with demo(home) as running:
        pid = next(p for p in descendants(running.up().process.pid) if b"issue@daypass" in _words(p))
        os.kill(pid, signal.SIGKILL)
        assert running.says("Daypass's issue process has ended")
        assert eventually(
            lambda: any(b"issue@daypass" in _words(p) for p in descendants(running.process.pid)), seconds=30
        )


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
