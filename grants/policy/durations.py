"""How long the credentials of each STS operation may live, as data, with the one question about it; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from grants.errors import FieldError
from grants.values import SECONDS_MAX, SECONDS_MIN, IssuerRef

_HOUR: Final = 3_600
_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Durations:
    """In seconds, both ends allowed; ``default`` is what the operation takes when none is sent."""

    minimum: int
    maximum: int
    default: int

    def holds(self, seconds: int) -> bool:
        """Whether ``seconds`` is within."""
        return self.minimum <= seconds <= self.maximum


GET_FEDERATION_TOKEN: Final = "GetFederationToken"  # noqa: S105 - the operation's name
GET_SESSION_TOKEN: Final = "GetSessionToken"  # noqa: S105 - the operation's name
ASSUME_ROLE: Final = "AssumeRole"
CHAINED_ASSUME_ROLE: Final = "AssumeRole, chained"  # by temporary credentials; no operation of its own

# Source: STS API reference, DurationSeconds. A role's own MaxSessionDuration may be lower (AWS's default: one hour).
DURATIONS: Final[Mapping[str, Durations]] = MappingProxyType(
    {
        GET_SESSION_TOKEN: Durations(SECONDS_MIN, SECONDS_MAX, default=_HOUR),
        GET_FEDERATION_TOKEN: Durations(SECONDS_MIN, SECONDS_MAX, default=12 * _HOUR),
        ASSUME_ROLE: Durations(SECONDS_MIN, 12 * _HOUR, default=_HOUR),
        CHAINED_ASSUME_ROLE: Durations(SECONDS_MIN, _HOUR, default=_HOUR),
    }
)
_WHAT: Final[Mapping[str, str]] = MappingProxyType(
    {
        GET_SESSION_TOKEN: "a session token",
        GET_FEDERATION_TOKEN: "a federation token",
        ASSUME_ROLE: "a role's credentials",
        CHAINED_ASSUME_ROLE: "a role's credentials to temporary keys",
    }
)


def operation_of(issuer: IssuerRef) -> str:
    """By which operation an issuer mints: one of DURATIONS. A role that is assumed by a role is chained."""
    if issuer.kind == "session":
        return GET_SESSION_TOKEN
    if issuer.kind == "role":
        return CHAINED_ASSUME_ROLE if ":role/" in issuer.user_arn else ASSUME_ROLE
    return GET_FEDERATION_TOKEN


def check_seconds(operation: str, seconds: int, *, field: str = "seconds") -> None:
    """Raise FieldError at ``field`` (``seconds`` or ``hours``) unless ``operation``, one of DURATIONS, takes them."""
    limits = DURATIONS[operation]
    if not limits.holds(seconds):
        least, most = in_words(limits.minimum), in_words(limits.maximum)
        raise FieldError(field, f"AWS gives {_WHAT[operation]} for {least} at least and {most} at most.")


def in_words(seconds: int) -> str:
    """``15 minutes``, ``1 hour``, ``36 hours``: whole hours where they are, else minutes."""
    count, noun = (seconds // _HOUR, "hour") if seconds % _HOUR == 0 else (seconds // _MINUTE, "minute")
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
