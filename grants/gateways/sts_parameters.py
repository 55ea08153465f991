"""What goes to STS, as boto3 takes it: what is empty is not sent, everything else exactly as it is."""

from typing import TYPE_CHECKING

from grants.values import FederationRequest, RoleRequest, SessionRequest

if TYPE_CHECKING:
    from types_boto3_sts.type_defs import (
        AssumeRoleRequestTypeDef,
        GetFederationTokenRequestTypeDef,
        GetSessionTokenRequestTypeDef,
        PolicyDescriptorTypeTypeDef,
        TagTypeDef,
    )


def federation_parameters(request: FederationRequest) -> "GetFederationTokenRequestTypeDef":
    """GetFederationToken's."""
    parameters: GetFederationTokenRequestTypeDef = {"Name": request.name, "DurationSeconds": request.seconds}
    if request.policy:
        parameters["Policy"] = request.policy
    if request.policy_arns:
        parameters["PolicyArns"] = _arns(request.policy_arns)
    if request.tags:
        parameters["Tags"] = _tags(request.tags)
    return parameters


def session_parameters(request: SessionRequest) -> "GetSessionTokenRequestTypeDef":
    """GetSessionToken's; the seconds are always sent, because AWS's own default is another one for root."""
    parameters: GetSessionTokenRequestTypeDef = {"DurationSeconds": request.seconds}
    if request.code:
        parameters["SerialNumber"] = request.serial
        parameters["TokenCode"] = request.code
    return parameters


def role_parameters(request: RoleRequest) -> "AssumeRoleRequestTypeDef":
    """AssumeRole's."""
    parameters: AssumeRoleRequestTypeDef = {
        "RoleArn": request.role_arn,
        "RoleSessionName": request.session_name,
        "DurationSeconds": request.seconds,
    }
    if request.policy:
        parameters["Policy"] = request.policy
    if request.policy_arns:
        parameters["PolicyArns"] = _arns(request.policy_arns)
    if request.tags:
        parameters["Tags"] = _tags(request.tags)
    if request.source_identity:
        parameters["SourceIdentity"] = request.source_identity
    if request.external_id:
        parameters["ExternalId"] = request.external_id
    return parameters


def _arns(arns: tuple[str, ...]) -> "list[PolicyDescriptorTypeTypeDef]":
    return [{"arn": arn} for arn in arns]


def _tags(tags: tuple[tuple[str, str], ...]) -> "list[TagTypeDef]":
    return [{"Key": key, "Value": value} for key, value in tags]
