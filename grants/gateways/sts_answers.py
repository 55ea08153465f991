"""Reads STS's yes: everything that must be there, for the session that was asked for, or AnswerUnusableError."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from grants.gateways.sts_errors import AnswerUnusableError
from grants.values import AwsCredentials, FederationRequest, IssuerRef, Minted

_ACCESS_KEY_ID: Final = re.compile(r"\w{16,128}", re.ASCII)
# People paste these into shells: nothing that a shell would read.
_SECRET: Final = re.compile(r"[A-Za-z0-9+/=_.:%~-]{1,16384}")
_SIZE_MAX: Final = 1_000_000
_REQUEST_ID_MAX: Final = 100
_NAME_SHOWN: Final = 200
_TOLERANCE: Final = timedelta(minutes=1)


def read_federation_answer(
    answer: Mapping[str, Any], *, issuer: IssuerRef, request: FederationRequest, now: datetime
) -> Minted:
    """GetFederationToken's answer as values; a size it does not hold is None, never 0.

    ``now`` is our clock; AWS's own, where the answer tells it, decides whether the end is what was asked for.
    """
    user = _part(answer, "FederatedUser")
    userid = f"{issuer.account_id}:{request.name}"
    arn = f"arn:{issuer.partition}:sts::{issuer.account_id}:federated-user/{request.name}"
    # The name is the only handle on the session: another one could be neither denied nor audited.
    if user.get("FederatedUserId") != userid or user.get("Arn") != arn:
        other = "".join(filter(str.isprintable, str(user.get("Arn"))))
        raise AnswerUnusableError(f"the session of another name: {other[:_NAME_SHOWN]} (request {_request_id(answer)})")
    return Minted(
        credentials=_credentials(
            _part(answer, "Credentials"), seconds=request.seconds, now=_their_clock(answer) or now
        ),
        federated_user_arn=arn,
        federated_user_id=userid,
        request_id=_request_id(answer),
        packed_policy_size=_size(answer, "PackedPolicySize"),
        token_utilization=_size(answer, "SessionTokenUtilization"),
        token_size=_size(answer, "SessionTokenSize"),
    )


def _part(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = answer.get(name)
    if not isinstance(part, Mapping):
        raise AnswerUnusableError(f"without {name}")
    return part


def _credentials(part: Mapping[str, Any], *, seconds: int, now: datetime) -> AwsCredentials:
    expiration = part.get("Expiration")
    if not isinstance(expiration, datetime) or expiration.tzinfo is None:
        raise AnswerUnusableError("without Expiration")
    # Longer than asked would outlive what was approved; the end on record is always what AWS said.
    if not now < expiration <= now + timedelta(seconds=seconds) + _TOLERANCE:
        raise AnswerUnusableError("an Expiration that nobody asked for")
    return AwsCredentials(
        access_key_id=_text(part, "AccessKeyId", _ACCESS_KEY_ID),
        secret_access_key=_text(part, "SecretAccessKey", _SECRET),
        session_token=_text(part, "SessionToken", _SECRET),
        expiration=expiration.astimezone(UTC),
    )


def _text(part: Mapping[str, Any], name: str, shape: re.Pattern[str]) -> str:
    text = part.get(name)
    if not isinstance(text, str) or not shape.fullmatch(text):
        raise AnswerUnusableError(f"without a usable {name}")
    return text


def _size(answer: Mapping[str, Any], name: str) -> int | None:
    size = answer.get(name)
    if size is None:
        return None
    if not isinstance(size, int) or not 0 <= size <= _SIZE_MAX:
        raise AnswerUnusableError(f"an absurd {name}")
    return size


def _their_clock(answer: Mapping[str, Any]) -> datetime | None:
    """The answer's Date; a clock that differs by minutes is no reason to throw a good session away."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    try:
        theirs = parsedate_to_datetime(headers["date"])
    except (KeyError, TypeError, ValueError):
        return None
    return theirs.replace(tzinfo=theirs.tzinfo or UTC)


def _request_id(answer: Mapping[str, Any]) -> str:
    request_id = answer.get("ResponseMetadata", {}).get("RequestId") or ""
    return str(request_id)[:_REQUEST_ID_MAX]
