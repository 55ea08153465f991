"""What the double asks the stand-in as its root: whose key is this, what hangs on that user."""

import asyncio
import json
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

from portal.embedded.aws.double_role import CHAINED_MOST, RoleFacts, trust_of

if TYPE_CHECKING:
    from types_boto3_iam.client import IAMClient

ROOT_KEY: Final = "test"  # the stand-in's root; it exists on loopback only
REGION: Final = "us-east-1"


def root_client(endpoint_url: str) -> "IAMClient":
    """An IAM client with root's key."""
    return boto3.client(
        "iam",
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_KEY,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=10),
    )


@dataclass(frozen=True, slots=True)
class UserFacts:
    """What decides about a write to a user's inline policies."""

    boundary: str | None
    inline: dict[str, str]


class Root:
    """Root's questions, asked in a thread so that the proxy goes on."""

    def __init__(self, endpoint_url: str) -> None:
        """``endpoint_url`` of the stand-in itself, past the double."""
        self._iam = root_client(endpoint_url)
        self._users: dict[str, str] = {}

    async def user_of(self, access_key_id: str) -> str:
        """The IAM user of a long-term key, or the empty string. Keys do not change hands: remembered."""
        if access_key_id not in self._users:
            try:
                found = await asyncio.to_thread(self._iam.get_access_key_last_used, AccessKeyId=access_key_id)
            except (ClientError, ParamValidationError):
                return ""
            self._users[access_key_id] = found["UserName"]
        return self._users[access_key_id]

    async def role_facts(self, role: str) -> RoleFacts | None:
        """Trust policy and longest session of a role, or None when there is no such role."""
        try:
            found = (await asyncio.to_thread(self._iam.get_role, RoleName=role))["Role"]
        except (ClientError, ParamValidationError):
            return None
        return RoleFacts(trust_of(found["AssumeRolePolicyDocument"]), found.get("MaxSessionDuration", CHAINED_MOST))

    async def facts(self, user: str) -> UserFacts | None:
        """Boundary and inline policies of a user, or None when there is no such user."""
        return await asyncio.to_thread(self._facts, user)

    def _facts(self, user: str) -> UserFacts | None:
        try:
            boundary = self._iam.get_user(UserName=user)["User"].get("PermissionsBoundary", {})
        except ClientError:
            return None
        names = self._iam.list_user_policies(UserName=user)["PolicyNames"]
        inline = {
            name: _text(self._iam.get_user_policy(UserName=user, PolicyName=name)["PolicyDocument"]) for name in names
        }
        return UserFacts(boundary.get("PermissionsBoundaryArn"), inline)


def _text(document: object) -> str:
    """Botocore hands out a policy decoded; its size counts as JSON."""
    return urllib.parse.unquote(document) if isinstance(document, str) else json.dumps(document, separators=(",", ":"))
