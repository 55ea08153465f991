"""The two policies of an issuer that hold the Deny, as IAM keeps them: one inline, one managed with its versions."""

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from grants.policy.deny import POLICY_NAME, NotOurDenyError, denied_in, deny_document
from grants.policy.deny_room import Held
from grants.values import IssuerRef

if TYPE_CHECKING:
    from types_boto3_iam.client import IAMClient

VERSIONS_MOST: Final = 5  # IAM keeps no more, and makes no room by itself
# A revoker from before the managed policy existed may not even ask for it.
_ABSENT: Final = frozenset({"NoSuchEntity", "AccessDenied"})


class DenyPolicies:
    """Reads and writes both; raises whatever botocore raises, and NotOurDenyError.

    ``foreign``: the managed policy holds somebody else's document, so it counts as absent and is left alone.
    """

    def __init__(self, client: "IAMClient", issuer: IssuerRef) -> None:
        """The managed policy is ``USER-deny`` of the issuer's account (deploy/iam/issuer.yaml attaches it)."""
        self._client = client
        self._user = issuer.user_arn.rpartition("/")[2]
        self._arn = f"arn:{issuer.partition}:iam::{issuer.account_id}:policy/{self._user}-deny"
        self.foreign: NotOurDenyError | None = None

    def read(self) -> Held:
        """Who is denied now, from AWS's own mouth."""
        return Held(self._inline(), self._managed())

    def write_inline(self, entries: frozenset[str]) -> None:
        """Replace the inline policy; nobody: delete it."""
        if entries:
            self._client.put_user_policy(
                UserName=self._user, PolicyName=POLICY_NAME, PolicyDocument=deny_document(entries)
            )
        else:
            self._client.delete_user_policy(UserName=self._user, PolicyName=POLICY_NAME)

    def write_managed(self, entries: frozenset[str]) -> None:
        """A new version of the managed policy, in force at once; the oldest that is not in force makes room."""
        versions = self._client.list_policy_versions(PolicyArn=self._arn)["Versions"]
        idle = sorted((v for v in versions if not v["IsDefaultVersion"]), key=lambda v: int(v["VersionId"][1:]))
        if len(versions) >= VERSIONS_MOST:
            self._client.delete_policy_version(PolicyArn=self._arn, VersionId=idle[0]["VersionId"])
        self._client.create_policy_version(
            PolicyArn=self._arn, PolicyDocument=deny_document(entries), SetAsDefault=True
        )

    def _inline(self) -> frozenset[str]:
        """No policy of that name is nobody."""
        try:
            answer = self._client.get_user_policy(UserName=self._user, PolicyName=POLICY_NAME)
        except ClientError as error:
            if _code(error) != "NoSuchEntity":
                raise
            return frozenset()
        return denied_in(answer.get("PolicyDocument"))

    def _managed(self) -> frozenset[str] | None:
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
