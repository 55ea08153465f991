"""Brings the stand-in to what the demo and the tests expect, as often as it is called: users, keys, buckets."""

import configparser
import io
import json
import secrets
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from portal.embedded.aws import seed_data
from portal.embedded.aws.double_iam import journaled
from portal.embedded.aws.double_register import write_private
from portal.embedded.aws.double_root import REGION, root_client
from portal.embedded.aws.seed_stacks import deploy
from portal.embedded.aws.templates import read_template, scopes, widened
from portal.embedded.documents import ANALYSTS, ANALYSTS_DOCUMENT

ISSUER: Final = "daypass-issuer"
REVOKER: Final = "daypass-revoker"
ROLE: Final = "daypass-role"  # what `role` issuers assume, with the caller's keys and this external ID
CALLER: Final = "daypass-caller"
EXTERNAL_ID: Final = "daypass-demo:111122223333"
SESSION_USER: Final = "alice-mfa"  # the dedicated user of `session` templates, with an MFA device
OWN_POLICY: Final = "partners"
KEYS_MOST: Final = 2  # per IAM user
DATA: Final = {
    "BucketArns": ",".join(f"arn:aws:s3:::{bucket}" for bucket in seed_data.BUCKETS),
    "ObjectArns": ",".join(f"arn:aws:s3:::{pattern}" for pattern in seed_data.GRANTABLE),
}


@dataclass(frozen=True, slots=True)
class Seeded:
    """Where the keys are, and the MFA device."""

    issuer_credentials_file: Path
    issuer_config_file: Path
    revoker_credentials_file: Path
    revoker_config_file: Path
    mfa_serial: str
    mfa_seed: str = field(repr=False)
    role_arn: str
    role_id: str


def seed_aws(*, endpoint_url: str, state: Path, account_id: str) -> Seeded:
    """Seed through the double at ``endpoint_url``; ``state`` keeps keys and register, readable by their owner only."""
    values = _deploy_users(endpoint_url, account_id)
    _create_user(endpoint_url, CALLER, seed_data.caller_policy(f"arn:aws:iam::{account_id}:role/{ROLE}"))
    role = _deploy_role(endpoint_url, f"arn:aws:iam::{account_id}:user/{CALLER}")
    sessions = _deploy_session_user(endpoint_url)
    _create_policy(endpoint_url, ANALYSTS, ANALYSTS_DOCUMENT)
    restore_inline_policies(endpoint_url, state / "inline-policies.json")
    serial = f"arn:aws:iam::{account_id}:mfa/{SESSION_USER}"
    seed = _write_register(state / "register.json", values, serial, sessions)
    seed_data.create_buckets(endpoint_url)
    issuer = _write_keys(endpoint_url, state / "issuer", (ISSUER, SESSION_USER, CALLER))
    revoker = _write_keys(endpoint_url, state / "revoker", (REVOKER,))
    return Seeded(*issuer, *revoker, serial, seed, role["RoleArn"], role["RoleId"])


def _deploy_users(endpoint_url: str, account_id: str) -> dict[str, str]:
    """Deploy both templates through the stand-in's CloudFormation; the values their scopes are resolved with."""
    issuer = deploy(
        endpoint_url,
        name=ISSUER,
        template=widened(read_template("issuer.yaml")),
        parameters={"IssuerName": ISSUER, **DATA},
    )
    arns = {name: issuer[name] for name in ("IssuerArn", "BoundaryArn", "DenyPolicyArn")}
    deploy(
        endpoint_url,
        name=REVOKER,
        template=widened(read_template("revoker.yaml")),
        parameters={"RevokerName": REVOKER, **arns},
    )
    return {**arns, "AWS::Partition": "aws", "AWS::AccountId": account_id}


def _deploy_role(endpoint_url: str, caller_arn: str) -> dict[str, str]:
    """The role of `role` issuers and its revoker's rights; RoleArn and RoleId, which stay from start to start."""
    own = {"RoleName": ROLE, "CallerArn": caller_arn, "ExternalId": EXTERNAL_ID, "RevokerName": REVOKER}
    template = widened(read_template("role.yaml"))
    made = deploy(endpoint_url, name=ROLE, template=template, parameters={**own, "MaximumSeconds": "14400", **DATA})
    # The stand-in's CloudFormation forgets the boundary of a role.
    root_client(endpoint_url).put_role_permissions_boundary(RoleName=ROLE, PermissionsBoundary=made["BoundaryArn"])
    return made


def _deploy_session_user(endpoint_url: str) -> dict[str, str]:
    """The dedicated user of session templates; the values its scopes are resolved with.

    It demands no MFA: the stand-in never sets aws:MultiFactorAuthPresent, and its MFA is the double's.
    """
    own = {"UserName": SESSION_USER, "RevokerName": REVOKER, "DemandMfa": "false", **seed_data.SHARED}
    made = deploy(endpoint_url, name=SESSION_USER, template=widened(read_template("session.yaml")), parameters=own)
    return {"Maximum": made["BoundaryArn"], "User.Arn": made["UserArn"]}


def _create_user(endpoint_url: str, name: str, policy: Mapping[str, Any]) -> None:
    """A user outside the templates, with one inline policy."""
    iam = root_client(endpoint_url)
    try:
        iam.create_user(UserName=name)
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "EntityAlreadyExists":
            raise
    iam.put_user_policy(UserName=name, PolicyName=OWN_POLICY, PolicyDocument=json.dumps(policy))


def _create_policy(endpoint_url: str, name: str, document: Mapping[str, Any]) -> None:
    """A managed policy, unless it is there."""
    try:
        root_client(endpoint_url).create_policy(PolicyName=name, PolicyDocument=json.dumps(document))
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "EntityAlreadyExists":
            raise


def restore_inline_policies(endpoint_url: str, journal: Path) -> None:
    """After a crash the stand-in has old inline policies, or none: bring back those last written (Denies above all)."""
    iam = root_client(endpoint_url)
    for user, wanted in journaled(journal).items():
        try:
            present = set(iam.list_user_policies(UserName=user)["PolicyNames"])
        except iam.exceptions.NoSuchEntityException:
            continue
        for name, document in wanted.items():
            iam.put_user_policy(UserName=user, PolicyName=name, PolicyDocument=document)
        for name in present - set(wanted):
            iam.delete_user_policy(UserName=user, PolicyName=name)


def _write_register(path: Path, values: dict[str, str], serial: str, sessions: dict[str, str]) -> str:
    """The scopes the stand-in cannot hold, and the MFA seed, which stays the same from start to start."""
    old: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    kept = old.get("devices", {}).get(serial, {}).get("seed")
    seed: str = kept or b32encode(secrets.token_bytes(20)).decode()
    content = {
        "scopes": {
            ISSUER: scopes(read_template("issuer.yaml"), values),
            REVOKER: [
                *scopes(read_template("revoker.yaml"), values),
                *scopes(read_template("session.yaml"), sessions),
            ],
        },
        "devices": {serial: {"user": SESSION_USER, "seed": seed}},
    }
    write_private(path, json.dumps(content, indent=1))
    return seed


def _write_keys(endpoint_url: str, folder: Path, users: tuple[str, ...]) -> tuple[Path, Path]:
    """A credentials and a config file with one profile per user; keys that still work are kept."""
    folder.mkdir(mode=0o700, exist_ok=True)
    credentials, config = configparser.RawConfigParser(), configparser.RawConfigParser()
    credentials.read(folder / "credentials")
    for user in users:
        known = credentials.get(user, "aws_access_key_id", fallback="")
        if not _is_working(endpoint_url, user, known):
            credentials[user] = _new_key(endpoint_url, user)
        config[f"profile {user}"] = {"region": REGION} | ({"external_id": EXTERNAL_ID} if user == CALLER else {})
    for name, content in (("credentials", credentials), ("config", config)):
        text = io.StringIO()
        content.write(text)
        write_private(folder / name, text.getvalue())
    return folder / "credentials", folder / "config"


def _is_working(endpoint_url: str, user: str, access_key_id: str) -> bool:
    present = root_client(endpoint_url).list_access_keys(UserName=user)["AccessKeyMetadata"]
    return any(key["AccessKeyId"] == access_key_id and key["Status"] == "Active" for key in present)


def _new_key(endpoint_url: str, user: str) -> dict[str, str]:
    iam = root_client(endpoint_url)
    present = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    for lost in present[KEYS_MOST - 1 :]:  # their secrets went with an earlier state
        iam.delete_access_key(UserName=user, AccessKeyId=lost["AccessKeyId"])
    made = iam.create_access_key(UserName=user)["AccessKey"]
    return {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
