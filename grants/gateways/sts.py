"""STS: one GetFederationToken call per attempt on record, and what came of it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from grants.errors import StsError
from grants.gateways.aws import forget_clients, sts_client
from grants.gateways.sts_answers import read_federation_answer
from grants.gateways.sts_errors import KeysExpiredError, KeysMissingError, KeysRefusedError
from grants.gateways.sts_refusals import sts_error_of
from grants.policy.limits import check_federation_request
from grants.values import FederationRequest, IssuerRef, Minted

if TYPE_CHECKING:
    from types_boto3_sts.type_defs import GetFederationTokenRequestTypeDef


def get_federation_token(*, issuer: IssuerRef, request: FederationRequest) -> Minted:
    """Mint once, with exactly the policy, ARNs, tags and seconds of ``request``; no hidden second call.

    Raises FieldError before anything is sent, and StsError afterwards; its ``may_have_minted`` says whether a session
    of this name may exist although nobody holds it. Takes at most about 13 seconds.
    """
    check_federation_request(request)
    answer = _call(issuer, _parameters(request))
    if isinstance(answer, StsError):
        _forget_refused_keys(issuer, answer)
        raise answer
    return read_federation_answer(answer, issuer=issuer, request=request, now=datetime.now(tz=UTC))


def _call(issuer: IssuerRef, parameters: "GetFederationTokenRequestTypeDef") -> "dict[str, Any] | StsError":
    """The answer or the refusal, which is returned: raised inside ``except`` it would carry botocore's exception along.

    That one may hold the whole answer, and exception reports follow ``__context__``.
    """
    try:
        client = sts_client(profile=issuer.profile, region=issuer.region)
        return {**client.get_federation_token(**parameters)}
    except Exception as error:  # noqa: BLE001 - whatever a parser trips over comes after a mint and must be on record
        return sts_error_of(error)


def _parameters(request: FederationRequest) -> "GetFederationTokenRequestTypeDef":
    parameters: GetFederationTokenRequestTypeDef = {"Name": request.name, "DurationSeconds": request.seconds}
    if request.policy:
        parameters["Policy"] = request.policy
    if request.policy_arns:
        parameters["PolicyArns"] = [{"arn": arn} for arn in request.policy_arns]
    if request.tags:
        parameters["Tags"] = [{"Key": key, "Value": value} for key, value in request.tags]
    return parameters


def _forget_refused_keys(issuer: IssuerRef, error: StsError) -> None:
    """A client keeps the keys it began with; after a rotation the next attempt reads the new ones."""
    if isinstance(error, KeysRefusedError | KeysExpiredError | KeysMissingError):
        forget_clients(profile=issuer.profile)
