"""The other ends of the gateways; a test module names this file in pytest_plugins."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from grants.gateways.aws import forget_clients
from tests.gateways.canned_aws import CannedAws, serve_canned, use_aws


@pytest.fixture
def canned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[CannedAws]:
    """An AWS that says what the test tells it to; profiles ``issuer`` and ``revoker`` lead there."""
    with serve_canned() as told:
        use_aws(monkeypatch, tmp_path, told.url)
        yield told
    forget_clients()
