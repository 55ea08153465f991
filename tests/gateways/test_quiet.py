"""botocore at DEBUG prints keys and answers; here it prints nothing, whatever anybody sets."""

import io
import logging
import logging.config
from collections.abc import Iterator

import boto3
import pytest

from grants.gateways.quiet import silence_aws_logs
from grants.gateways.sts import get_federation_token
from tests.gateways.canned_aws import ISSUER, REQUEST, CannedAws

pytest_plugins = ["tests.gateways.gateway_fixtures"]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that reaches the root logger at DEBUG."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    before = logging.root.level
    logging.root.addHandler(handler)
    logging.root.setLevel(logging.DEBUG)
    yield text
    logging.root.removeHandler(handler)
    logging.root.setLevel(before)


def turn_up_everything() -> None:
    for name in [*logging.root.manager.loggerDict]:
        logging.getLogger(name).setLevel(logging.DEBUG)


def test_a_mint_at_debug_prints_no_secret(canned: CannedAws, log: io.StringIO) -> None:
    turn_up_everything()
    get_federation_token(issuer=ISSUER, request=REQUEST)
    turn_up_everything()  # the loggers that the first call made
    get_federation_token(issuer=ISSUER, request=REQUEST)
    assert len(canned.asked) == 2
    logging.getLogger("daypass.test").debug("the log is open")
    assert "the log is open" in log.getvalue()
    assert "canary" not in log.getvalue().lower()
    assert "botocore" not in log.getvalue()


def test_without_the_filter_the_canary_is_seen(canned: CannedAws, log: io.StringIO) -> None:
    """The test above would be worth nothing, were there nothing to see."""
    get_federation_token(issuer=ISSUER, request=REQUEST)
    turn_up_everything()
    loggers = map(logging.getLogger, tuple(logging.root.manager.loggerDict))
    muted = [(logger, logger.filters) for logger in loggers]
    for logger, _ in muted:
        logger.filters = []
    get_federation_token(issuer=ISSUER, request=REQUEST)
    for logger, filters in muted:
        logger.filters = filters
    silence_aws_logs()
    assert len(canned.asked) == 2
    assert "canarySECRET" in log.getvalue()


def test_neither_a_new_configuration_nor_boto3s_own_switch_opens_it(canned: CannedAws, log: io.StringIO) -> None:
    get_federation_token(issuer=ISSUER, request=REQUEST)
    loggers = {name: {"level": "DEBUG", "propagate": True} for name in ("botocore", "botocore.parsers", "boto3")}
    logging.config.dictConfig({"version": 1, "incremental": True, "loggers": loggers})
    boto3.set_stream_logger("botocore.endpoint", logging.DEBUG)
    get_federation_token(issuer=ISSUER, request=REQUEST)
    logging.getLogger("botocore.endpoint").handlers.clear()
    assert len(canned.asked) == 2
    assert "canary" not in log.getvalue().lower()


def test_warnings_are_still_heard(log: io.StringIO) -> None:
    silence_aws_logs()
    logging.getLogger("botocore.endpoint").warning("something is wrong")
    assert "something is wrong" in log.getvalue()
