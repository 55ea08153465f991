"""Starts everything, runs the faults, prints a table of faults and invariants, stops everything.

``python -m tests.faults [group …]`` runs some groups; the exit status says whether all held.
"""

import importlib
import os
import sys
import time
from typing import Any

import django

from portal.embedded.roles import WEB
from portal.embedded.stack import Stack
from portal.embedded.state import fresh_state


def main(groups: list[str]) -> int:
    """One stack for all faults, durable like production's."""
    started = time.monotonic()
    print("Starting PostgreSQL, Valkey, mail, AWS, web, three workers and beat …", flush=True)
    with fresh_state() as state, Stack(state=state, preferred={}) as stack:
        print(f"Everything is up after {time.monotonic() - started:.0f} s.", flush=True)
        become_a_portal_process(stack)
        # Not before: Django's settings read the environment when they are imported, and all else needs Django.
        suite: Any = importlib.import_module("tests.faults.suite")
        failed: int = suite.run(stack, groups)
    return 1 if failed else 0


def become_a_portal_process(stack: Stack) -> None:
    """The faults ask and approve through the flows, in the web process's role, with the stack's own keys."""
    own = {"DATABASE_URL": stack.postgres.url(WEB), "DAYPASS_LOG": "plain", "DAYPASS_LOG_LEVEL": "CRITICAL"}
    os.environ.update(stack.environment("tests") | own)
    django.setup()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
