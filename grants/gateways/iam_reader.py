"""IAM as the revoker reads it: the issuer's principal and its keys, and managed policies with their documents."""

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from botocore.exceptions import ClientError

from grants.errors import RevokeError
from grants.gateways.aws import iam_client
from grants.gateways.iam_errors import revoke_error_of
from grants.values import AccessKey, IssuerRef, PolicyReading, Principal

if TYPE_CHECKING:
    from types_boto3_iam.client import IAMClient

T = TypeVar("T")

# No policy has this name: whoever may delete policies is told that it is not there, everybody else that they may not.
_NO_POLICY: Final = "daypass-doctor-asks"


def read_principal(*, issuer: IssuerRef, profile: str) -> Principal:
    """The issuer's user, or its role, as ``profile`` may read it. Raises RevokeError."""
    return _ask(issuer, profile, lambda client: _principal(client, issuer))


def read_policy(*, issuer: IssuerRef, profile: str, arn: str) -> PolicyReading:
    """The version of a managed policy that is in force, and the digest of its document. Raises RevokeError."""
    return _ask(issuer, profile, lambda client: _policy(client, arn))


def may_write_policies(*, issuer: IssuerRef, profile: str) -> bool:
    """Whether ``profile`` may change the issuer's inline policies; found out without changing any; RevokeError."""
    return _ask(issuer, profile, lambda client: _may_write(client, issuer))


def document_digest(document: object) -> str:
    """SHA-256 over the canonical JSON of a policy document: white space and the order of keys do not count."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _principal(client: "IAMClient", issuer: IssuerRef) -> Principal:
    if issuer.kind == "role":
        role = client.get_role(RoleName=_name(issuer.role_arn))["Role"]
        return Principal(role["RoleId"], _boundary(role), int(role.get("MaxSessionDuration") or 0), None)
    name = _name(issuer.user_arn)
    user = client.get_user(UserName=name)["User"]
    return Principal(user["UserId"], _boundary(user), 0, _keys(client, name))


def _boundary(principal: Any) -> str:  # noqa: ANN401 - botocore's, a user or a role
    return str(principal.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") or "")


def _keys(client: "IAMClient", name: str) -> tuple[AccessKey, ...] | None:
    """None where the revoker is from before it might read them."""
    try:
        listed = client.list_access_keys(UserName=name)["AccessKeyMetadata"]
    except ClientError as error:
        if _code(error) != "AccessDenied":
            raise
        return None
    return tuple(AccessKey(key["AccessKeyId"][-4:], key["CreateDate"], key["Status"] == "Active") for key in listed)


def _policy(client: "IAMClient", arn: str) -> PolicyReading:
    version = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = client.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return PolicyReading(version, document_digest(document))


def _may_write(client: "IAMClient", issuer: IssuerRef) -> bool:
    try:
        if issuer.kind == "role":
            client.delete_role_policy(RoleName=_name(issuer.role_arn), PolicyName=_NO_POLICY)
        else:
            client.delete_user_policy(UserName=_name(issuer.user_arn), PolicyName=_NO_POLICY)
    except ClientError as error:
        if _code(error) in {"AccessDenied", "AccessDeniedException"}:
            return False
        if _code(error) != "NoSuchEntity":
            raise
    return True


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code"))


def _ask(issuer: IssuerRef, profile: str, call: Callable[["IAMClient"], T]) -> T:
    """The call's result; a refusal is raised outside ``except``, so that botocore's exception does not travel along."""
    try:
        return call(iam_client(profile=profile, region=issuer.region))
    except RevokeError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a parser trips over must be told, and be tried again
        refusal = revoke_error_of(error)
    raise refusal
