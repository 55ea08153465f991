"""Reads STS's yes: everything that must be there, for the session that was asked for, or AnswerUnusableError."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from grants.gateways.sts_errors import AnswerUnusableError
from grants.values import AwsCredentials, FederationRequest, IssuerRef, Minted, RoleRequest, SessionRequest

_ACCESS_KEY_ID: Final = re.compile(r"\w{16,128}", re.ASCII)
# People paste these into shells: nothing that a shell would read.
_SECRET: Final = re.compile(r"[A-Za-z0-9+/=_.:%~-]{1,16384}")
_ROLE_ID: Final = re.compile(r"AROA[A-Z0-9]{12,60}")
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
        raise _another_session(answer, user)
    return _minted(answer, arn=arn, userid=userid, seconds=request.seconds, now=now)


def read_session_answer(answer: Mapping[str, Any], *, request: SessionRequest, now: datetime) -> Minted:
    """GetSessionToken's answer as values: it names no session, and has no PackedPolicySize."""
    return _minted(answer, arn="", userid="", seconds=request.seconds, now=now)


def read_role_answer(answer: Mapping[str, Any], *, issuer: IssuerRef, request: RoleRequest, now: datetime) -> Minted:
    """AssumeRole's answer as values; the role's unique id must be the issuer's, where the issuer knows it."""
    user = _part(answer, "AssumedRoleUser")
    role_id, _, session_name = str(user.get("AssumedRoleId")).partition(":")
    arn = assumed_role_arn(request)
    known = role_id == issuer.role_id if issuer.role_id else bool(_ROLE_ID.fullmatch(role_id))
    # A role that was deleted and made again has another id: a Deny by the old one would hold nobody.
    if not known or session_name != request.session_name or user.get("Arn") != arn:
        raise _another_session(answer, user)
    if (answer.get("SourceIdentity") or "") != request.source_identity:
        raise AnswerUnusableError(f"another source identity (request {_request_id(answer)})")
    userid = f"{role_id}:{session_name}"
    minted = _minted(answer, arn=arn, userid=userid, seconds=request.seconds, now=now)
    return replace(minted, source_identity=request.source_identity)


def assumed_role_arn(request: RoleRequest) -> str:
    """``arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION``: the role's name without its path."""
    _, partition, _, _, account_id, resource = request.role_arn.split(":")
    role = resource.rpartition("/")[2]
    return f"arn:{partition}:sts::{account_id}:assumed-role/{role}/{request.session_name}"


def _minted(answer: Mapping[str, Any], *, arn: str, userid: str, seconds: int, now: datetime) -> Minted:
    return Minted(
        credentials=_credentials(_part(answer, "Credentials"), seconds=seconds, now=_their_clock(answer) or now),
        federated_user_arn=arn,
        federated_user_id=userid,
        request_id=_request_id(answer),
        packed_policy_size=_size(answer, "PackedPolicySize"),
        token_utilization=_size(answer, "SessionTokenUtilization"),
        token_size=_size(answer, "SessionTokenSize"),
        clock_ahead=clock_ahead(answer=answer, now=now),
    )


def _another_session(answer: Mapping[str, Any], user: Mapping[str, Any]) -> AnswerUnusableError:
    other = "".join(filter(str.isprintable, str(user.get("Arn"))))[:_NAME_SHOWN]
    return AnswerUnusableError(f"the session of another name: {other} (request {_request_id(answer)})")


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


def clock_ahead(*, answer: Mapping[str, Any], now: datetime) -> int | None:
    """How many seconds our clock is ahead of AWS's; None when the answer has no Date."""
    theirs = _their_clock(answer)
    return None if theirs is None else round((now - theirs).total_seconds())


def _request_id(answer: Mapping[str, Any]) -> str:
    request_id = answer.get("ResponseMetadata", {}).get("RequestId") or ""
    return str(request_id)[:_REQUEST_ID_MAX]
