"""AWS on loopback for the tests; a test module names this file in pytest_plugins."""

from collections.abc import Iterator

import pytest

from portal.embedded.aws import RunningAws, start_aws


@pytest.fixture(scope="session")
def started_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAws]:
    place = tmp_path_factory.mktemp("aws")
    with start_aws(state=place / "state", log=place / "log") as aws:
        yield aws


@pytest.fixture
def aws(started_aws: RunningAws) -> Iterator[RunningAws]:
    yield started_aws
    started_aws.control.clear_faults()
