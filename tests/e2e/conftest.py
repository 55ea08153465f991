"""A real Chromium against the real processes; one stack for all of these tests."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from portal.embedded.browser import ADVICE, find_browser
from portal.embedded.stack import Stack
from tests.e2e.site import Site, open_visitor
from tests.e2e.visitor import Visitor

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--metrics-recording-only",
)
Open = Callable[..., Visitor]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is true of all of them; that one worker runs them is said in portal/embedded/testing.py."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def site(stack: Stack) -> Site:
    """The portal, running."""
    return Site(stack)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Ends with its module: while Playwright's loop runs, Django refuses to speak to the database in this process."""
    found = find_browser()
    assert found, ADVICE
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[*QUIET, *as_root])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Open]:
    """Opens browsers for people; at the end none of them may have had anything to complain about."""
    visitors: list[Visitor] = []

    def open_one(name: str = "", **options: object) -> Visitor:
        visitors.append(open_visitor(chromium, site, name, **options))
        return visitors[-1]

    yield open_one
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    for visitor in visitors:
        visitor.context.close()
    assert not complaints
