"""What can keep IAM from taking the Deny; all of it is tried again, because a revocation is never given up."""

from collections.abc import Mapping
from typing import Final

from botocore import exceptions as boto

from grants.errors import RevokeError
from grants.policy.deny import DenyFullError

_DETAIL_MAX: Final = 300


class RevokerDeniedError(RevokeError):
    """The revoker lacks a permission, or the issuer lost the boundary that the revoker's permissions ask for."""

    code = "iam_access_denied"
    sentence = "AWS does not allow the revoker to deny sessions of this issuer."
    way_on = "An AWS administrator has to correct the revoker's permissions now; until then use the runbook's command."


class RevokerKeysError(RevokeError):
    """The revoker's keys are missing, wrong or expired."""

    code = "iam_keys_refused"
    sentence = "AWS does not accept the revoker's keys."
    way_on = "An operator has to put valid keys in place now; until then use the runbook's command."


class IssuerGoneError(RevokeError):
    """The issuer's IAM user or role does not exist; sessions of a deleted one are refused by AWS anyway."""

    code = "iam_issuer_gone"
    sentence = "The issuer's IAM user or role does not exist any more."
    way_on = "An AWS administrator has to confirm that it was deleted."


class IamBusyError(RevokeError):
    """Throttled, failing on its side, or changing the same user right now."""

    code = "iam_busy"
    sentence = "AWS is busy and did not take the revocation yet."


class IamUnreachableError(RevokeError):
    """No connection, or no whole answer; the Deny may have been written."""

    code = "iam_unreachable"
    sentence = "AWS could not be reached, so it is not known yet whether the revocation holds."


class DenyNotConfirmedError(RevokeError):
    """Written, but reading it back shows something else."""

    code = "deny_not_confirmed"
    sentence = "AWS took the revocation, but does not show it yet."


_BY_CODE: Final[Mapping[str, type[RevokeError]]] = {
    "AccessDenied": RevokerDeniedError,
    "AccessDeniedException": RevokerDeniedError,
    "UnauthorizedOperation": RevokerDeniedError,
    "InvalidClientTokenId": RevokerKeysError,
    "SignatureDoesNotMatch": RevokerKeysError,
    "UnrecognizedClientException": RevokerKeysError,
    "ExpiredToken": RevokerKeysError,
    "ExpiredTokenException": RevokerKeysError,
    "NoSuchEntity": IssuerGoneError,
    "LimitExceeded": DenyFullError,
    "Throttling": IamBusyError,
    "ThrottlingException": IamBusyError,
    "RequestLimitExceeded": IamBusyError,
    "ConcurrentModification": IamBusyError,
    "EntityTemporarilyUnmodifiable": IamBusyError,
    "ServiceFailure": IamBusyError,
}
_NO_ANSWER: Final = (boto.ConnectionError, boto.HTTPClientError, boto.IncompleteReadError)


def revoke_error_of(error: Exception) -> RevokeError:
    """The refusal behind whatever boto3 raised, by class or AWS's error code."""
    if isinstance(error, boto.ClientError):
        return _of_answer(error)
    if isinstance(error, _NO_ANSWER):
        return IamUnreachableError(type(error).__name__)
    if isinstance(error, boto.BotoCoreError):
        return RevokerKeysError(type(error).__name__)
    return IamUnreachableError(f"an unreadable answer ({type(error).__name__})")


def _of_answer(error: boto.ClientError) -> RevokeError:
    code = str(error.response.get("Error", {}).get("Code") or "")
    meta = error.response.get("ResponseMetadata", {})
    status = meta.get("HTTPStatusCode", 0)
    kind = _BY_CODE.get(code) or (IamBusyError if status >= 500 else RevokeError)  # noqa: PLR2004 - HTTP
    detail = f"{code or 'no code'} at {error.operation_name} (HTTP {status}, request {meta.get('RequestId')})"
    return kind("".join(filter(str.isprintable, detail))[:_DETAIL_MAX])
