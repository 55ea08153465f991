"""A pytest plugin: real servers for the whole run, in a directory of its own, and a whole stack for who asks for it."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

from portal.embedded.roles import ROLES
from portal.embedded.stack import Stack
from portal.embedded.state import fresh_state

OWN_SERVERS = "DAYPASS_TEST_SERVERS"  # "mine": whoever runs the tests has set DATABASE_URL and the rest already
# Whose tests share something that a whole worker starts once. By path: pytest 9.2 keeps pytest-xdist 3.8 from seeing
# the marks of a group, so that each test went to whichever worker was free, and each worker started a stack.
TOGETHER: Final = {"tests/e2e/": "stack", "tests/tasks/": "stack", "tests/embedded/test_demo.py": "demo"}
_running = ExitStack()


class Together(LoadGroupScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """One worker runs all tests of a group; the others are spread one by one."""

    def _split_scope(self, nodeid: str) -> str:
        found = (group for start, group in TOGETHER.items() if nodeid.startswith(start))
        return next(found, nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadGroupScheduling | None:
    """For ``--dist loadgroup``, which the Makefile asks for."""
    return Together(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Before Django reads its settings. The workers of pytest-xdist inherit the environment and start nothing."""
    if hasattr(config, "workerinput"):
        os.environ["CELERY_BROKER_URL"] = broker_of(config.workerinput["workerid"], os.environ["CELERY_BROKER_URL"])
        return
    if config.option.collectonly or os.environ.get(OWN_SERVERS) == "mine":
        return
    config.add_cleanup(_running.close)
    state = _running.enter_context(fresh_state())
    servers = Stack(state=state, durable=False, preferred={})
    _running.callback(servers.stop)
    for server in servers.servers:
        server.start()
    os.environ.update(environment_of_tests(servers))


def broker_of(worker: str, url: str) -> str:
    """A numbered database of the one Valkey for each worker, so that none counts the others' messages."""
    return f"{url.rsplit('/', 1)[0]}/{int(worker.removeprefix('gw')) + 1}"


def environment_of_tests(servers: Stack) -> dict[str, str]:
    """All that any process may know, because a test plays them all; the home directory stays the developer's."""
    known = servers.environment("tests") | {f"{role.upper()}_URL": servers.postgres.url(role) for role in ROLES}
    known |= {"DAYPASS_SUPERUSER_URL": servers.postgres.superuser_url(), "DAYPASS_LOG": "plain"}
    return {name: value for name, value in known.items() if name != "HOME"}


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Web, workers, beat and all they need, seeded. Name its tests in ``TOGETHER``, or each worker starts one."""
    with fresh_state() as state, Stack(state=state, durable=False, preferred={}) as running:
        yield running
