"""``make demo``: everything at once, told in plain sentences, until Ctrl-C."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from portal.embedded.console import Follower
from portal.embedded.guide import guide
from portal.embedded.postgres import end_leftover
from portal.embedded.process import ServerFailedError
from portal.embedded.programs import PROGRAMS
from portal.embedded.stack import Stack
from portal.embedded.state import StateError, demo_state, erase, locked, make_private

TICK_SECONDS: Final = 0.5
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
YES: Final = {"1", "true", "yes", "on"}


class StopRequestedError(BaseException):
    """Somebody wants the demo to end; like KeyboardInterrupt, no handler of ordinary errors may swallow it."""


class Ending:
    """The first signal ends the demo in order; the second ends what still takes its time at once."""

    def __init__(self) -> None:
        """Listen from now on."""
        self.stack: Stack | None = None
        self._asked = False
        for number in SIGNALS:
            signal.signal(number, self._asked_to)

    def _asked_to(self, _number: int, _frame: FrameType | None) -> None:
        if not self._asked:
            self._asked = True
            raise StopRequestedError
        for child in list(self.stack.children.values()) if self.stack else []:
            if child.exit_status is None:
                os.kill(child.pid, signal.SIGKILL)

    def begin(self) -> None:
        """From now on a signal only hastens the end."""
        self._asked = True


def say(sentence: str) -> None:
    """One line for people, at once."""
    print(sentence, flush=True)


def told(what: str, act: Callable[[], object]) -> None:
    """Do one step of the start and say how long it took."""
    started = time.monotonic()
    print(f"  {what} ...", end=" ", flush=True)
    act()
    say(f"{time.monotonic() - started:.1f} s")


def bring_up(stack: Stack) -> None:
    """Everything, step by step."""
    say("Starting Daypass and all it needs, on this machine only:")
    for server in stack.servers:
        told(server.name, server.start)
    told("AWS stand-in (STS, IAM, S3)", stack.start_aws)
    told("The company's sign-in (OpenID Connect)", stack.start_company)
    told("Tables, people and templates", stack.prepare)
    told("Web server, three workers and the clock", stack.start_programs)


def keep_up(stack: Stack) -> NoReturn:
    """Tell what happens, and start again what has ended, until a signal comes."""
    follower = Follower(stack.logs, tuple(program.process for program in PROGRAMS))
    while True:
        for line in follower.new_lines():
            say(line)
        for message in stack.start_what_ended():
            say(message)
        time.sleep(TICK_SECONDS)


def run(state: Path, *, reset: bool) -> None:
    """The demo in ``state``, from the first line to the last."""
    ending = Ending()
    with ExitStack() as held:
        try:
            held.enter_context(locked(state))
            end_leftover(state / "postgres" / "data")
            if reset:
                erase(state)
                say("Starting over: the old database, mails, keys and buckets are gone.")
            stack = ending.stack = Stack(state=state)
            held.callback(stack.stop)
            bring_up(stack)
            say(guide(stack))
            keep_up(stack)
        except StopRequestedError:
            say("\nStopping ... (Ctrl-C again to hurry)")
        finally:
            ending.begin()


def main() -> None:
    """Command line and environment: --reset or RESET=1, and --state for a directory of your own."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--reset", action="store_true", default=os.environ.get("RESET", "").lower() in YES)
    parser.add_argument("--state", type=Path, help="keep everything here instead of in the checkout's own place")
    options = parser.parse_args()
    try:
        state = make_private(options.state) if options.state else demo_state()
        run(state, reset=options.reset)
    except (ServerFailedError, StateError) as error:
        sys.exit(f"\n{error}")
    say("Stopped. Nothing is left running; make demo brings it back with its data.")


if __name__ == "__main__":
    main()
