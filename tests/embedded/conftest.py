"""Private directories for the tests of the embedded servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.embedded.state import fresh_state


@pytest.fixture
def state() -> Iterator[Path]:
    with fresh_state() as directory:
        yield directory


@pytest.fixture(scope="module")
def shared_state() -> Iterator[Path]:
    with fresh_state() as directory:
        yield directory
