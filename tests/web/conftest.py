"""Fixtures of the web tests."""

import socket
from collections.abc import Iterator

import pytest
from django.test.utils import override_settings

from tests.web.company import ABSENT


@pytest.fixture
def silent_server() -> Iterator[str]:
    """The address of a Redis that accepts connections and never answers, as a stopped process does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://:password@127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def absent_company() -> Iterator[None]:
    """A company's sign-in is configured, so that its addresses are there; nothing answers for it."""
    with override_settings(OPENID_PROVIDER=ABSENT):
        yield
