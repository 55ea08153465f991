"""Both AWS workers in one process, against the stand-in; a test module names this file in pytest_plugins."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from grants.gateways.aws import forget_clients
from portal.embedded.aws import RunningAws
from tests.flows.denied import forget_denied


@pytest.fixture
def workers(aws: RunningAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[RunningAws]:
    """Profiles ``daypass-issuer`` and ``daypass-revoker``; afterwards nobody is denied and no fault waits."""
    for name, files in {
        "credentials": (aws.issuer_credentials_file, aws.revoker_credentials_file),
        "config": (aws.issuer_config_file, aws.revoker_config_file),
    }.items():
        (tmp_path / name).write_text("\n".join(file.read_text() for file in files))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", aws.endpoint_url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", aws.endpoint_url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", aws.endpoint_url)
    forget_clients()
    yield aws
    aws.control.clear_faults()
    forget_denied(aws)
    forget_clients()
