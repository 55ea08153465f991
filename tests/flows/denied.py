"""What the two deny policies of the stand-in hold, from an administrator's view."""

import contextlib

from botocore.exceptions import ClientError

from grants.policy.deny import denied_in, deny_document
from portal.embedded.aws import ACCOUNT_ID, RunningAws
from tests.embedded.aws_people import root

INLINE = {"UserName": "daypass-issuer", "PolicyName": "daypass-deny"}
MANAGED = {"PolicyArn": f"arn:aws:iam::{ACCOUNT_ID}:policy/daypass-issuer-deny"}


def denied_at(aws: RunningAws) -> frozenset[str]:
    """Who is denied by either policy, from an administrator's view."""
    iam = root(aws, "iam")
    version = iam.get_policy(**MANAGED)["Policy"]["DefaultVersionId"]
    held = denied_in(iam.get_policy_version(**MANAGED, VersionId=version)["PolicyVersion"]["Document"])
    with contextlib.suppress(ClientError):  # there is none
        held |= denied_in(iam.get_user_policy(**INLINE)["PolicyDocument"])
    return held


def forget_denied(aws: RunningAws) -> None:
    """Nobody is denied any more."""
    iam = root(aws, "iam")
    with contextlib.suppress(ClientError):  # nothing was written
        iam.delete_user_policy(**INLINE)
    for version in iam.list_policy_versions(**MANAGED)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(**MANAGED, VersionId=version["VersionId"])
    iam.create_policy_version(**MANAGED, PolicyDocument=deny_document(()), SetAsDefault=True)
