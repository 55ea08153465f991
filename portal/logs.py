"""Logs."""
import logging.config
from typing import Any
def logging_config(*, style: str, level: str) -> dict[str, Any]:
    return {"version": 1}
def configure(config: dict[str, Any]) -> None:
    logging.config.dictConfig(config)
