"""What an issuer's names must look like, kind by kind and partition by partition; each check names the field; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from grants.errors import FieldError
from grants.policy.limits import ARN, check_mfa_serial
from grants.policy.role_limits import check_role_arn
from grants.values import IssuerRef


@dataclass(frozen=True, slots=True)
class Partition:
    """One of AWS's separate worlds: its Regions' names, and where its STS answers."""

    name: str
    region: re.Pattern[str]
    sts_suffix: str

    def sts_host(self, region: str) -> str:
        """The Regional endpoint, which Daypass always uses: ``sts.eu-central-1.amazonaws.com``."""
        return f"sts.{region}.{self.sts_suffix}"


_REGION: Final = r"[a-z]{2}(?:-[a-z]+)+-\d"
PARTITIONS: Final[Mapping[str, Partition]] = MappingProxyType(
    {
        "aws": Partition("aws", re.compile(rf"(?!cn-|us-gov-|us-iso){_REGION}"), "amazonaws.com"),
        "aws-cn": Partition("aws-cn", re.compile(rf"(?=cn-){_REGION}"), "amazonaws.com.cn"),
        "aws-us-gov": Partition("aws-us-gov", re.compile(rf"(?=us-gov-){_REGION}"), "amazonaws.com"),
    }
)
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_ROLE_ID: Final = re.compile(r"AROA[A-Z0-9]{12,60}")
_PRINCIPAL: Final = re.compile(
    r"arn:(?P<partition>[a-z-]+):iam::(?P<account>\d{12}):(?P<what>user|role)/[\w+=,.@/-]+", re.ASCII
)
_POLICY_ARN: Final = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):iam::(?P<owner>\d{12}|aws):policy/[\w+=,.@/-]+", re.ASCII
)
_PROFILE: Final = re.compile(r"[A-Za-z0-9_.@+-]{1,100}")


def check_issuer(issuer: IssuerRef, *, mfa_serial: str, revoker_profile: str) -> None:
    """Raise FieldError at the first field that is not what AWS calls it, or that belongs to another kind."""
    if not _ACCOUNT.fullmatch(issuer.account_id):
        raise FieldError("account_id", "An AWS account is named by its twelve digits.")
    if issuer.partition not in PARTITIONS:
        raise FieldError("partition", "Choose aws, aws-cn or aws-us-gov.")
    if not PARTITIONS[issuer.partition].region.fullmatch(issuer.region):
        raise FieldError("region", f"This is no Region of the partition {issuer.partition}.")
    _check_who_mints(issuer)
    _check_role(issuer)
    if mfa_serial and issuer.kind != "session":
        raise FieldError("mfa_serial", "Only a session issuer has an MFA device: the other kinds take no code.")
    if mfa_serial:
        check_mfa_serial(mfa_serial)
    _check_profiles(issuer.profile, revoker_profile)


def _check_who_mints(issuer: IssuerRef) -> None:
    found = _PRINCIPAL.fullmatch(issuer.user_arn)
    if found is None or found["partition"] != issuer.partition:
        raise FieldError("user_arn", f"Give the ARN in full: arn:{issuer.partition}:iam::{issuer.account_id}:user/….")
    if issuer.kind == "role":
        return
    if found["what"] != "user":
        raise FieldError("user_arn", "Only an IAM user mints like this. A role mints as a role issuer.")
    if found["account"] != issuer.account_id:
        raise FieldError("user_arn", "The user is of another account than the issuer.")


def _check_role(issuer: IssuerRef) -> None:
    if issuer.kind != "role":
        if issuer.role_arn or issuer.role_id:
            raise FieldError("role_arn", "Only a role issuer has a role.")
        return
    check_role_arn(issuer.role_arn)
    if not issuer.role_arn.startswith(f"arn:{issuer.partition}:iam::{issuer.account_id}:"):
        raise FieldError("role_arn", "The role is of another account or partition than the issuer.")
    if not _ROLE_ID.fullmatch(issuer.role_id):
        raise FieldError("role_id", "Give the role's unique id, AROA…: the Deny names its sessions by it.")


def check_policy_arn(arn: str, *, partition: str, account_id: str) -> None:
    """A managed policy that STS takes for this issuer: AWS's own, or one of its account."""
    found = _POLICY_ARN.fullmatch(arn)
    if found is None or not ARN.holds(len(arn)):
        raise FieldError("arn", f"Give the ARN in full: arn:{partition}:iam::aws:policy/….")
    if found["partition"] != partition or found["owner"] not in {"aws", account_id}:
        raise FieldError("arn", "The policy is of another account or partition than the issuer.")


def _check_profiles(profile: str, revoker_profile: str) -> None:
    for field, name in (("profile", profile), ("revoker_profile", revoker_profile)):
        if not _PROFILE.fullmatch(name):
            raise FieldError(field, "A profile's name takes letters, digits and _ . @ + - and nothing else.")
    # Whoever mints must not be able to write policies on itself: then it could lift its own limits.
    if profile == revoker_profile:
        raise FieldError("revoker_profile", "The revoker has keys of its own: the issuer must not write its own Deny.")
