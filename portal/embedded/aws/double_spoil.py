"""Answers that no sane STS gives, although it has minted: fields missing, of another session, of another time."""

import re
from collections.abc import Callable
from typing import Final


def _set(field: str, value: str) -> Callable[[bytes], bytes]:
    return lambda body: re.sub(f"<{field}>[^<]*</{field}>".encode(), f"<{field}>{value}</{field}>".encode(), body)


def _without(field: str) -> Callable[[bytes], bytes]:
    return lambda body: re.sub(f"<{field}>.*?</{field}>".encode(), b"", body, flags=re.DOTALL)


SPOILS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "no_credentials": _without("Credentials"),
    "no_secret": _without("SecretAccessKey"),
    "no_expiration": _without("Expiration"),
    "no_user": _without("FederatedUser"),
    "ended_already": _set("Expiration", "1999-12-31T23:59:59Z"),
    "ends_too_late": _set("Expiration", "2999-12-31T23:59:59Z"),
    "other_name": _set("Arn", "arn:aws:sts::111122223333:federated-user/dp-SOMEBODY01-1"),
    "empty_body": lambda _: b"",
    "not_xml": lambda _: b"<html><body>Welcome to Hotel Wi-Fi</body></html>",
}
