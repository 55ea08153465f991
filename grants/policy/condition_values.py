"""The values of a condition, as the operator's family reads them; pure. None and ValueError: AWS does not take that."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_DATE: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_EPOCH: Final = re.compile(r"[0-9]{1,11}")
_OFFSET_DIGITS: Final = 4


def as_number(text: str) -> Decimal:
    """A decimal number; ValueError otherwise."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def as_seconds(text: str) -> float:
    """An ISO 8601 date or a number of seconds since 1970, as the latter; ValueError otherwise."""
    if _EPOCH.fullmatch(text):
        return float(text)
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return moment.timestamp() - _offset(found[7] or "Z")


def as_network(text: str) -> IPv4Network | IPv6Network:
    """An address or a range; host bits may be set, as AWS allows. ValueError otherwise."""
    if not text.isascii() or text.count("/") > 1 or not re.fullmatch(r"[0-9]{1,3}", text.partition("/")[2] or "0"):
        raise ValueError(text)
    return ip_network(text, strict=False)


def as_bool(text: str) -> bool:
    """``true`` or ``false`` in whatever case; ValueError otherwise."""
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def as_arn(text: str) -> str:
    """Six parts, wildcards allowed; ValueError otherwise."""
    if text != "*" and not re.fullmatch(r"arn:(?:[^:]*:){4}.+", text, re.DOTALL):
        raise ValueError(text)
    return text


def _offset(text: str) -> int:
    digits = text[1:].replace(":", "")
    if len(digits) != _OFFSET_DIGITS:
        return 0
    seconds = int(digits[:2]) * 3_600 + int(digits[2:]) * 60
    return -seconds if text.startswith("-") else seconds
