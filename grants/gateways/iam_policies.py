"""The two policies of an issuer that hold the Deny, as IAM keeps them: one inline, one managed with its versions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from botocore.exceptions import ClientError

from grants.policy.deny import POLICY_NAME, NotOurDenyError, denied_in, deny_document
from grants.policy.deny_room import INLINE_MOST, ROLE_INLINE_MOST, Held
from grants.values import IssuerRef

if TYPE_CHECKING:
    from types_boto3_iam.client import IAMClient

VERSIONS_MOST: Final = 5  # IAM keeps no more, and makes no room by itself
# A revoker from before the managed policy existed may not even ask for it.
_ABSENT: Final = frozenset({"NoSuchEntity", "AccessDenied"})


class _Inline(Protocol):
    """The inline policy POLICY_NAME of one principal; raises whatever botocore raises."""

    def get(self) -> object: ...

    def put(self, document: str) -> None: ...

    def delete(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _OfUser:
    client: "IAMClient"
    name: str

    def get(self) -> object:
        return self.client.get_user_policy(UserName=self.name, PolicyName=POLICY_NAME).get("PolicyDocument")

    def put(self, document: str) -> None:
        self.client.put_user_policy(UserName=self.name, PolicyName=POLICY_NAME, PolicyDocument=document)

    def delete(self) -> None:
        self.client.delete_user_policy(UserName=self.name, PolicyName=POLICY_NAME)


@dataclass(frozen=True, slots=True)
class _OfRole:
    client: "IAMClient"
    name: str

    def get(self) -> object:
        return self.client.get_role_policy(RoleName=self.name, PolicyName=POLICY_NAME).get("PolicyDocument")

    def put(self, document: str) -> None:
        self.client.put_role_policy(RoleName=self.name, PolicyName=POLICY_NAME, PolicyDocument=document)

    def delete(self) -> None:
        self.client.delete_role_policy(RoleName=self.name, PolicyName=POLICY_NAME)


class DenyPolicies:
    """Reads and writes both; raises whatever botocore raises, and NotOurDenyError.

    ``foreign``: the managed policy holds somebody else's document, so it counts as absent and is left alone.
    """

    def __init__(self, client: "IAMClient", issuer: IssuerRef) -> None:
        """The managed policy is ``NAME-deny`` of the issuer's account (the templates in deploy/iam attach it).

        NAME is the user's, or the role's of a ``role`` issuer, whose inline policies have more room.
        """
        self._client = client
        is_role = issuer.kind == "role"
        name = (issuer.role_arn if is_role else issuer.user_arn).rpartition("/")[2]
        self._inline: _Inline = _OfRole(client, name) if is_role else _OfUser(client, name)
        self._arn = f"arn:{issuer.partition}:iam::{issuer.account_id}:policy/{name}-deny"
        self.inline_most = ROLE_INLINE_MOST if is_role else INLINE_MOST
        self.foreign: NotOurDenyError | None = None

    def read(self) -> Held:
        """Who is denied now, from AWS's own mouth."""
        return Held(self._read_inline(), self._read_managed())

    def write_inline(self, entries: frozenset[str]) -> None:
        """Replace the inline policy; nobody: delete it."""
        if entries:
            self._inline.put(deny_document(entries))
        else:
            self._inline.delete()

    def write_managed(self, entries: frozenset[str]) -> None:
        """A new version of the managed policy, in force at once; the oldest that is not in force makes room."""
        versions = self._client.list_policy_versions(PolicyArn=self._arn)["Versions"]
        idle = sorted((v for v in versions if not v["IsDefaultVersion"]), key=lambda v: int(v["VersionId"][1:]))
        if len(versions) >= VERSIONS_MOST:
            self._client.delete_policy_version(PolicyArn=self._arn, VersionId=idle[0]["VersionId"])
        self._client.create_policy_version(
            PolicyArn=self._arn, PolicyDocument=deny_document(entries), SetAsDefault=True
        )

    def _read_inline(self) -> frozenset[str]:
        """No policy of that name is nobody."""
        try:
            document = self._inline.get()
        except ClientError as error:
            if _code(error) != "NoSuchEntity":
                raise
            return frozenset()
        return denied_in(document)

    def _read_managed(self) -> frozenset[str] | None:
        try:
            version = self._client.get_policy(PolicyArn=self._arn)["Policy"]["DefaultVersionId"]
        except ClientError as error:
            if _code(error) not in _ABSENT:
                raise
            return None
        answer = self._client.get_policy_version(PolicyArn=self._arn, VersionId=version)
        try:
            return denied_in(answer["PolicyVersion"].get("Document"))
        except NotOurDenyError as error:
            self.foreign = error
            return None


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code"))
