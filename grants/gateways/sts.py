"""STS: one call per attempt on record, with exactly what was approved, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from grants.errors import StsError
from grants.gateways.aws import external_id_of, forget_clients, sts_client
from grants.gateways.sts_answers import clock_ahead, read_federation_answer, read_role_answer, read_session_answer
from grants.gateways.sts_errors import KeysExpiredError, KeysMissingError, KeysRefusedError
from grants.gateways.sts_parameters import federation_parameters, role_parameters, session_parameters
from grants.gateways.sts_refusals import role_error_of, session_error_of, sts_error_of
from grants.policy.limits import check_federation_request, check_session_request
from grants.policy.role_limits import check_issuers_role, check_role_request
from grants.values import (
    FederationRequest,
    Identity,
    IssuerRef,
    Minted,
    MintRequest,
    RoleRequest,
    SessionRequest,
)

if TYPE_CHECKING:
    from types_boto3_sts.client import STSClient


def mint(*, issuer: IssuerRef, request: MintRequest) -> Minted:
    """Mint once, by the operation that ``request`` is for; raises what that operation's function does."""
    match request:
        case FederationRequest():
            return get_federation_token(issuer=issuer, request=request)
        case SessionRequest():
            return get_session_token(issuer=issuer, request=request)
        case RoleRequest():
            return assume_role(issuer=issuer, request=request)


def get_federation_token(*, issuer: IssuerRef, request: FederationRequest) -> Minted:
    """Mint once, with exactly the policy, ARNs, tags and seconds of ``request``; no hidden second call.

    Raises FieldError before anything is sent, and StsError afterwards; its ``may_have_minted`` says whether a session
    of this name may exist although nobody holds it. Takes at most about 13 seconds.
    """
    check_federation_request(request)
    parameters = federation_parameters(request)
    answer = _call(issuer, lambda sts: sts.get_federation_token(**parameters), sts_error_of)
    return read_federation_answer(_yes(issuer, answer), issuer=issuer, request=request, now=datetime.now(tz=UTC))


def get_session_token(*, issuer: IssuerRef, request: SessionRequest) -> Minted:
    """Mint once with the rights of the issuer's own user, with MFA when ``request`` has a code; no hidden second call.

    AWS names no session in its answer: ``federated_user_arn`` and ``federated_user_id`` are "". Raises FieldError
    before anything is sent, and StsError afterwards: MfaRefusedError when the code was refused.
    """
    check_session_request(request)
    parameters = session_parameters(request)
    answer = _call(
        issuer,
        lambda sts: sts.get_session_token(**parameters),
        lambda error: session_error_of(error, with_code=bool(request.code)),
    )
    return read_session_answer(_yes(issuer, answer), request=request, now=datetime.now(tz=UTC))


def assume_role(*, issuer: IssuerRef, request: RoleRequest) -> Minted:
    """Mint once, with exactly what ``request`` says; ``federated_user_arn`` and ``federated_user_id`` are the role's.

    Raises FieldError before anything is sent, also for another role than the issuer's, and StsError afterwards:
    RoleSecondsError when the role gives credentials for a shorter time. Without an external ID in ``request`` the one
    of the issuer's profile is sent, where it has one: it is in no database.
    """
    request = _with_external_id(issuer, request)
    check_role_request(request)
    check_issuers_role(issuer, request)
    parameters = role_parameters(request)
    answer = _call(
        issuer,
        lambda sts: sts.assume_role(**parameters),
        lambda error: role_error_of(error, seconds=request.seconds),
    )
    return read_role_answer(_yes(issuer, answer), issuer=issuer, request=request, now=datetime.now(tz=UTC))


def get_caller_identity(*, issuer: IssuerRef) -> Identity:
    """Whose keys ``issuer.profile`` names. AWS tells whoever has valid ones, whatever they may do; or StsError."""
    answer = _yes(issuer, _call(issuer, lambda sts: sts.get_caller_identity(), sts_error_of))
    return Identity(
        arn=str(answer.get("Arn")),
        account_id=str(answer.get("Account")),
        clock_ahead=clock_ahead(answer=answer, now=datetime.now(tz=UTC)),
    )


def _with_external_id(issuer: IssuerRef, request: RoleRequest) -> RoleRequest:
    """A profile that is not there is left to the call, which says so."""
    found = "" if request.external_id else external_id_of(profile=issuer.profile)
    return replace(request, external_id=found) if found else request


def _call(
    issuer: IssuerRef, ask: "Callable[[STSClient], Mapping[str, Any]]", error_of: Callable[[Exception], StsError]
) -> Mapping[str, Any] | StsError:
    """The answer or the refusal, which is returned: raised inside ``except`` it would carry botocore's exception along.

    That one may hold the whole answer, and exception reports follow ``__context__``.
    """
    try:
        return {**ask(sts_client(profile=issuer.profile, region=issuer.region))}
    except Exception as error:  # noqa: BLE001 - whatever a parser trips over comes after a mint and must be on record
        return error_of(error)


def _yes(issuer: IssuerRef, answer: Mapping[str, Any] | StsError) -> Mapping[str, Any]:
    """Raise a refusal. A client keeps the keys it began with; after a rotation the next attempt reads the new ones."""
    if not isinstance(answer, StsError):
        return answer
    if isinstance(answer, KeysRefusedError | KeysExpiredError | KeysMissingError):
        forget_clients(profile=issuer.profile)
    raise answer
