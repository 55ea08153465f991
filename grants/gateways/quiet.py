"""Keeps botocore's DEBUG log, which prints secret keys and whole answers, out of every handler."""

import logging
from typing import Final

_SPEAKERS: Final = ("boto3", "botocore", "urllib3")


class OnlyWarnings(logging.Filter):
    """Lets warnings pass, whatever level somebody sets later: a level can be overridden, a filter stays."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may be seen."""
        return record.levelno >= logging.WARNING


_ONLY_WARNINGS: Final = OnlyWarnings("daypass.quiet")


def silence_aws_logs() -> None:
    """Put the filter on every logger of boto3, botocore and urllib3 that exists by now.

    A logger's filter does not hold for its children, and botocore makes loggers while it loads a service: call this
    again after a client is built.
    """
    known = [name for name in tuple(logging.root.manager.loggerDict) if name.split(".")[0] in _SPEAKERS]
    for name in {*_SPEAKERS, *known}:
        logging.getLogger(name).addFilter(_ONLY_WARNINGS)
