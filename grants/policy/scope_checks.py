"""Whether a template's scope is one that AWS takes and that stays where its words say; each error at its field."""

import ipaddress
import re
from typing import Final

from grants.errors import FieldError
from grants.policy import limits
from grants.policy.actions import BY_NAME, READS
from grants.policy.placeholders import WORST, fill_scope, names_in, names_in_scope
from grants.policy.scopes import (
    Bounds,
    BucketScope,
    CustomScope,
    ManagedScope,
    Scope,
    SessionScope,
    SharedScope,
    policy_arns_of,
)
from grants.policy.session_policy import check_session_policy

BUCKETS_MAX: Final = 10
ADDRESSES_MAX: Final = 20
_KMS_KEY: Final = re.compile(
    r"arn:aws[a-z-]*:kms:[a-z0-9-]{1,30}:\d{12}:key/(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
    re.ASCII,
)
_ACCOUNT: Final = re.compile(r"\d{12}", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_USER_ARN: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:user/[\w+=,.@/-]+", re.ASCII)
_TAG_TEXT: Final = re.compile(r"[\w.:/=+@ -]{1,256}", re.ASCII)


def check_scope(scope: Scope) -> None:
    """Raise FieldError for the first part of a template's scope that cannot stand; placeholders may stand in it."""
    match scope:
        case BucketScope():
            _check_buckets(scope.buckets)
            _check_prefix(scope.prefix)
            _check_actions(scope.actions, frozenset(BY_NAME))
            if scope.kms_key and not _KMS_KEY.fullmatch(scope.kms_key):
                raise FieldError(
                    "kms_key", "A KMS key is named by its id, such as 0f8fad5b-d9cb-469f-a165-70867728950e."
                )
            _check_bounds(scope.bounds)
        case SharedScope():
            _check_shared(scope)
        case ManagedScope():
            _check_managed(scope)
        case SessionScope():
            _check_session(scope)
        case CustomScope():
            _check_custom(scope.policy)


def _check_shared(scope: SharedScope) -> None:
    _check_buckets((scope.bucket,))
    _check_prefix(scope.prefix)
    _check_actions(scope.actions, READS)
    limits.check_tags([(scope.tag_key, "x")])
    names_in(scope.tag_value)
    filled = fill_scope(scope, WORST)
    if not isinstance(filled, SharedScope) or not _TAG_TEXT.fullmatch(filled.tag_value):
        raise FieldError("tag_value", "The tag's value takes letters, digits, spaces and _ . : / = + - @ only.")
    _check_bounds(scope.bounds)


def _check_managed(scope: ManagedScope) -> None:
    if not scope.policies:
        raise FieldError("policies", "Choose at least one of the issuer's managed policies.")
    if len({policy.arn for policy in scope.policies}) != len(scope.policies):
        raise FieldError("policies", "Choose each managed policy once.")
    if not all(_DIGEST.fullmatch(policy.digest) for policy in scope.policies):
        raise FieldError("policies", "A chosen managed policy has not been read from AWS yet. Read it, then choose it.")
    limits.check_policy_and_arns("", policy_arns_of(scope))
    if scope.policy:
        _check_custom(scope.policy)


def _check_session(scope: SessionScope) -> None:
    if not _USER_ARN.fullmatch(scope.user_arn):
        raise FieldError("issuer", "Choose an issuer that is a dedicated IAM user.")
    if scope.mfa_serial:
        limits.check_mfa_serial(scope.mfa_serial)


def _check_custom(policy: str) -> None:
    check_session_policy(policy)
    limits.check_policy_and_arns(policy, ())


def _check_buckets(buckets: tuple[str, ...]) -> None:
    if not 1 <= len(buckets) <= BUCKETS_MAX or len(set(buckets)) != len(buckets):
        raise FieldError("buckets", f"Name one to {BUCKETS_MAX} buckets, each once.")
    for bucket in buckets:
        try:
            limits.check_bucket_name(bucket)
        except FieldError as error:
            raise FieldError("buckets", error.field_sentence) from None


def _check_prefix(prefix: str) -> None:
    """With the longest values in it, a prefix still is one, and every placeholder is known."""
    try:
        names_in(prefix)
    except FieldError as error:
        raise FieldError("prefix", error.field_sentence) from None
    filled = fill_scope(BucketScope("aws", ("bucket",), prefix, ()), WORST)
    limits.check_prefix(filled.prefix if isinstance(filled, BucketScope) else prefix)


def _check_actions(actions: tuple[str, ...], known: frozenset[str]) -> None:
    if not actions or not set(actions) <= known:
        raise FieldError("actions", "Choose at least one of the listed actions.")


def _check_bounds(bounds: Bounds) -> None:
    if len(bounds.source_addresses) > ADDRESSES_MAX:
        raise FieldError("source_addresses", f"Name at most {ADDRESSES_MAX} networks.")
    for block in bounds.source_addresses:
        _check_network(block)
    if bounds.account_id and not _ACCOUNT.fullmatch(bounds.account_id):
        raise FieldError("account_id", "An AWS account has twelve digits.")


def _check_network(block: str) -> None:
    try:
        network = ipaddress.ip_network(block)
    except ValueError:
        raise FieldError("source_addresses", f"“{block}” is no network, such as 203.0.113.0/24.") from None
    if network.prefixlen == 0:
        raise FieldError("source_addresses", "A network of every address binds nothing. Leave the field empty instead.")


def needs_folder(scope: Scope) -> bool:
    """Whether the requester names a folder."""
    return "folder" in names_in_scope(scope)


def needs_ticket(scope: Scope) -> bool:
    """Whether the ticket stands in the scope."""
    return "ticket" in names_in_scope(scope)
