"""Faults on request: what the next calls of an operation meet."""

import datetime as dt
from dataclasses import asdict, dataclass
from email.utils import format_datetime
from typing import Any, Final

from portal.embedded.aws.double_errors import Refusal, access_denied
from portal.embedded.aws.double_sizes import packed_too_large
from portal.embedded.aws.double_spoil import SPOILS

ANY: Final = "*"
SKEW: Final = "signature_skew"
REFUSALS: Final[dict[str, Refusal]] = {
    "throttle": Refusal("Throttling", "Rate exceeded", 400),
    "internal_error": Refusal("InternalFailure", "An internal error has occurred.", 500),
    "unavailable": Refusal("ServiceUnavailable", "Service is currently unavailable.", 503),
    "invalid_client_token": Refusal(
        "InvalidClientTokenId", "The security token included in the request is invalid.", 403
    ),
    "expired_token": Refusal("ExpiredToken", "The security token included in the request is expired", 403),
    "access_denied": access_denied("Access denied by an injected fault"),
    "region_disabled": Refusal(
        "RegionDisabledException",
        "STS is not activated in this region for this account. Your account administrator can activate STS in this "
        "region using the IAM Console.",
        403,
    ),
    SKEW: Refusal("SignatureDoesNotMatch", "Signature expired: the request is earlier than the server's clock.", 403),
    "malformed_policy": Refusal("MalformedPolicyDocument", "Syntax errors in policy."),
    "packed_policy_too_large": packed_too_large(117),
    "limit_exceeded": Refusal("LimitExceeded", "Maximum policy size of 2048 bytes exceeded for user", 409),
}
# hang: wait, then close without doing it · drop: close at once without doing it · delay: wait, then do it ·
# lost_answer: do it, wait, close without an answer · the others do it and spoil the answer
KINDS: Final = frozenset({*REFUSALS, *SPOILS, "hang", "drop", "delay", "lost_answer", "omit_sizes", "malformed_xml"})


@dataclass(slots=True)
class Fault:
    """What ``operation`` (or any, ``*``) meets; ``times`` None means until cleared."""

    operation: str
    kind: str
    times: int | None = 1
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what the double does not know."""
        if self.kind not in KINDS or (self.times is not None and self.times < 1) or self.seconds < 0:
            message = f"no such fault: {self}"
            raise ValueError(message)

    def date(self) -> str | None:
        """The Date header of a server whose clock is ``seconds`` ahead, for the skew fault."""
        if self.kind != SKEW:
            return None
        ahead = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self.seconds or 3600)
        return format_datetime(ahead, usegmt=True)


class Faults:
    """The faults that wait, oldest first."""

    def __init__(self) -> None:
        """None at first."""
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """One more."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """None from here on."""
        self._waiting.clear()

    def listed(self) -> list[dict[str, Any]]:
        """What waits, as JSON."""
        return [asdict(fault) for fault in self._waiting]

    def take(self, operation: str) -> Fault | None:
        """The oldest fault for this operation; counts it down."""
        found = next((fault for fault in self._waiting if fault.operation in (operation, ANY)), None)
        if found is not None and found.times is not None:
            found.times -= 1
            if not found.times:
                self._waiting.remove(found)
        return found
