"""Tells STS's refusals apart: by botocore's class or AWS's error code, never by text."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from grants.errors import StsError
from grants.gateways.sts_errors import (
    AccessDeniedError,
    AnswerLostError,
    AnswerUnusableError,
    ClockSkewError,
    KeysExpiredError,
    KeysMissingError,
    KeysRefusedError,
    MfaRefusedError,
    PolicyMalformedError,
    PolicyTooLargeError,
    RegionDisabledError,
    RequestRefusedError,
    RoleSecondsError,
    ThrottledError,
    UnavailableError,
    UnreachableError,
)

SKEW_ALARM_SECONDS: Final = 60
_DETAIL_MAX: Final = 300
_HOUR: Final = 3_600

_BY_CODE: Final[Mapping[str, type[StsError]]] = {
    "MalformedPolicyDocument": PolicyMalformedError,
    "MalformedPolicyDocumentException": PolicyMalformedError,
    "PackedPolicyTooLarge": PolicyTooLargeError,
    "PackedPolicyTooLargeException": PolicyTooLargeError,
    "RegionDisabledException": RegionDisabledError,
    "RegionDisabled": RegionDisabledError,
    "AccessDenied": AccessDeniedError,
    "AccessDeniedException": AccessDeniedError,
    "UnauthorizedOperation": AccessDeniedError,
    "InvalidClientTokenId": KeysRefusedError,
    "SignatureDoesNotMatch": KeysRefusedError,
    "InvalidSignatureException": KeysRefusedError,
    "IncompleteSignature": KeysRefusedError,
    "UnrecognizedClientException": KeysRefusedError,
    "MissingAuthenticationToken": KeysRefusedError,
    "InvalidAccessKeyId": KeysRefusedError,
    "AuthFailure": KeysRefusedError,
    "OptInRequired": KeysRefusedError,
    "ExpiredToken": KeysExpiredError,
    "ExpiredTokenException": KeysExpiredError,
    "Throttling": ThrottledError,
    "ThrottlingException": ThrottledError,
    "ThrottledException": ThrottledError,
    "RequestLimitExceeded": ThrottledError,
    "RequestThrottled": ThrottledError,
    "TooManyRequestsException": ThrottledError,
    "BandwidthLimitExceeded": ThrottledError,
    "SlowDown": ThrottledError,
}
# AWS says with the same codes that a signature is wrong and that it is too old or too new.
_ABOUT_TIME: Final = frozenset(
    {"SignatureDoesNotMatch", "InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"}
)
_TELLING: Final = (PolicyMalformedError, PolicyTooLargeError, AccessDeniedError)
# botocore does not count an answer's bytes: one that was cut off on its way shows when it is parsed.
_ANSWER_LOST: Final = (boto.HTTPClientError, boto.IncompleteReadError, ResponseParserError)


def sts_error_of(error: Exception) -> StsError:
    """The refusal behind whatever boto3 raised. Its text is left out: botocore puts whole answers into some."""
    if isinstance(error, boto.ClientError):
        return _of_answer(error.response)
    if isinstance(error, boto.ConnectionError):
        return UnreachableError(type(error).__name__)
    if isinstance(error, _ANSWER_LOST):
        return AnswerLostError(type(error).__name__)
    if isinstance(error, boto.ParamValidationError):
        return RequestRefusedError("botocore's parameter validation")
    if isinstance(error, boto.BotoCoreError):
        return KeysMissingError(type(error).__name__)
    # What is left tripped over an answer, and the answer may have been a yes.
    return AnswerUnusableError(type(error).__name__)


def session_error_of(error: Exception, *, with_code: bool) -> StsError:
    """GetSessionToken's refusal: it needs no permission, so where a code was sent AccessDenied is about that code.

    AWS's words are left out there: they come after a code, and nothing of a code shall be on record.
    """
    refusal = sts_error_of(error)
    if with_code and isinstance(refusal, AccessDeniedError) and isinstance(error, boto.ClientError):
        return MfaRefusedError(_told(MfaRefusedError, error))
    return refusal


def role_error_of(error: Exception, *, seconds: int) -> StsError:
    """AssumeRole's refusal. Every other limit was checked before, so ValidationError is about more than an hour."""
    if isinstance(error, boto.ClientError) and seconds > _HOUR and _code(error) == "ValidationError":
        return RoleSecondsError(_told(RoleSecondsError, error))
    return sts_error_of(error)


def _code(error: boto.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code") or "")


def _told(kind: type[StsError], error: boto.ClientError) -> str:
    meta: Mapping[str, Any] = error.response.get("ResponseMetadata", {})
    return _detail(kind, _code(error), meta.get("HTTPStatusCode", 0), error.response.get("Error", {}), meta)


def _of_answer(response: Mapping[str, Any]) -> StsError:
    told = response.get("Error", {})
    meta = response.get("ResponseMetadata", {})
    code, status = str(told.get("Code") or ""), meta.get("HTTPStatusCode", 0)
    if code in _ABOUT_TIME and (skew := _skew_seconds(meta)) is not None and abs(skew) >= SKEW_ALARM_SECONDS:
        return ClockSkewError(skew)
    kind = _BY_CODE.get(code) or (UnavailableError if status >= 500 else RequestRefusedError)  # noqa: PLR2004 - HTTP
    return kind(_detail(kind, code, status, told, meta))


def _detail(kind: type[StsError], code: str, status: int, told: Mapping[str, Any], meta: Mapping[str, Any]) -> str:
    """For auditors; AWS's own words only where they say what to mend, and hold nothing but ARNs and numbers."""
    detail = f"{code or 'no code'} (HTTP {status}, request {meta.get('RequestId') or 'without id'})"
    if kind in _TELLING:
        detail += f": {told.get('Message') or ''}"
    return "".join(filter(str.isprintable, detail))[:_DETAIL_MAX]


def _skew_seconds(meta: Mapping[str, Any]) -> int | None:
    """Our clock minus AWS's, from the answer's Date header; None when it has none."""
    try:
        theirs = parsedate_to_datetime(meta["HTTPHeaders"]["date"])
    except (KeyError, TypeError, ValueError):
        return None
    return round((datetime.now(tz=UTC) - theirs.replace(tzinfo=theirs.tzinfo or UTC)).total_seconds())
