"""AssumeRole's limits as data, and the checks that run before anything is sent."""

import re
from typing import Final

from grants.errors import FieldError
from grants.policy.durations import ASSUME_ROLE, check_seconds
from grants.policy.limits import ARN, Length, check_policy_and_arns, check_tags
from grants.values import IssuerRef, RoleRequest

ROLE_SESSION_NAME: Final = Length(2, 64)
SOURCE_IDENTITY: Final = Length(2, 64)
EXTERNAL_ID: Final = Length(2, 1_224)

_NAME: Final = re.compile(r"[\w+=,.@-]+", re.ASCII)
_EXTERNAL_ID: Final = re.compile(r"[\w+=,.@:/-]+", re.ASCII)
_ROLE_ARN: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]*[\w+=,.@-]", re.ASCII)


def check_role_request(request: RoleRequest) -> None:
    """Raise FieldError for the first value that AssumeRole would refuse, or that would give away the whole role.

    Limits: STS API reference, AssumeRole. ``field`` is role_arn, session_name, policy, policy_arns, tags, seconds,
    source_identity or external_id; the last two may be empty, then they are not sent.
    """
    check_role_arn(request.role_arn)
    check_role_session_name(request.session_name)
    # GetFederationToken without a policy gives nothing; AssumeRole without one gives all that the role may.
    if not request.policy and not request.policy_arns:
        raise FieldError(
            "policy", "A grant needs a policy: without one the credentials could do all that the role may."
        )
    check_policy_and_arns(request.policy, request.policy_arns)
    check_tags(request.tags)
    check_seconds(ASSUME_ROLE, request.seconds)
    if request.source_identity:
        check_source_identity(request.source_identity)
    if request.external_id:
        check_external_id(request.external_id)


def check_issuers_role(issuer: IssuerRef, request: RoleRequest) -> None:
    """The role is the one that was approved: an issuer that names its role mints with no other."""
    if issuer.role_arn and request.role_arn != issuer.role_arn:
        raise FieldError("role_arn", "This issuer mints with another role.")


def check_role_arn(arn: str) -> None:
    """A role by its full ARN, its path included; no wildcard."""
    if not ARN.holds(len(arn)) or not _ROLE_ARN.fullmatch(arn):
        raise FieldError("role_arn", "A role is named by its ARN, arn:aws:iam::123456789012:role/….")


def check_role_session_name(name: str) -> None:
    """2 to 64 of AWS's name characters; never shortened, because the name is the only handle on a session."""
    if not ROLE_SESSION_NAME.holds(len(name)) or not _NAME.fullmatch(name):
        sentence = "The role session name takes 2 to 64 letters, digits or + = , . @ _ - and nothing else."
        raise FieldError("session_name", sentence)


def check_source_identity(identity: str) -> None:
    """2 to 64 of AWS's name characters; the colon of the reserved ``aws:`` is none of them."""
    if not SOURCE_IDENTITY.holds(len(identity)) or not _NAME.fullmatch(identity):
        sentence = "The source identity takes 2 to 64 letters, digits or + = , . @ _ - and nothing else."
        raise FieldError("source_identity", sentence)


def check_external_id(external_id: str) -> None:
    """2 to 1,224 characters; the sentence never repeats it."""
    if not EXTERNAL_ID.holds(len(external_id)) or not _EXTERNAL_ID.fullmatch(external_id):
        sentence = "The external ID takes 2 to 1,224 letters, digits or + = , . @ : / _ - and nothing else."
        raise FieldError("external_id", sentence)
