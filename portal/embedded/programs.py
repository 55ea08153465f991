"""Daypass's own processes: how each is started, and when it is ready."""

import signal
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from portal.embedded.process import Child, Command
from portal.embedded.state import CHECKOUT

CELERY: Final = ("-m", "celery", "-A", "portal.celery")
QUIET: Final = ("--without-gossip", "--without-mingle", "--without-heartbeat")
THREADS: Final = {"issue": 24, "revoke": 4, "mail": 8}  # docs/decisions/0009 has the measurements


@dataclass(frozen=True, slots=True)
class Program:
    """One process; ``ready`` is what its log says when it takes work, ``grace`` how long it may take to end."""

    process: str
    argv: tuple[str, ...]
    ready: str = ""
    grace: float = 10
    last_signal: signal.Signals = signal.SIGKILL


def _worker(queue: str) -> Program:
    how = ("worker", "-Q", queue, "--pool", "threads", "--concurrency", str(THREADS[queue]))
    return Program(queue, (*CELERY, *how, "-n", f"{queue}@daypass", *QUIET), ready=" ready.")


def _web() -> Program:
    # No access log: the addresses of pickup links are secrets, and the application's own log hides them.
    how = ("portal.wsgi:application", "--worker-class", "gthread", "--workers", "2", "--threads", "8")
    more = ("--graceful-timeout", "5", "--no-control-socket")
    # SIGQUIT: its own children end with it, which they would notice late after a SIGKILL.
    return Program("web", ("-m", "gunicorn", *how, *more), grace=8, last_signal=signal.SIGQUIT)


PROGRAMS: Final = (
    _web(),
    _worker("issue"),
    _worker("revoke"),
    _worker("mail"),
    Program("beat", (*CELERY, "beat"), ready="maxinterval"),
)


def command_of(program: Program, *, environment: dict[str, str], port: int, logs: Path) -> Command:
    """The command that starts ``program``; ``port`` is the web server's."""
    bind = ("--bind", f"127.0.0.1:{port}") if program.process == "web" else ()
    return Command(
        name=f"Daypass's {program.process} process",
        argv=(sys.executable, *program.argv, *bind),
        environment=environment,
        directory=CHECKOUT,
        log=logs / f"{program.process}.log",
        last_signal=program.last_signal,
    )


def is_ready(program: Program, child: Child, port: int) -> bool:
    """The web process when it answers, the others when their log says so."""
    if program.process != "web":
        return program.ready in child.output()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
