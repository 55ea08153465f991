"""What a template opens, once its issuer is known; pure."""

from collections.abc import Mapping

from grants.policy.document import NotJsonError, read
from grants.policy.render import minify
from grants.policy.scopes import (
    Bounds,
    BucketScope,
    CustomScope,
    ManagedPolicy,
    ManagedScope,
    Scope,
    SessionScope,
    SharedScope,
)
from grants.policy.template.keys import whole_key
from grants.policy.template.value import Template
from grants.values import IssuerRef


def scope_of(template: Template, issuer: IssuerRef, *, mfa_serial: str = "", digests: Mapping[str, str]) -> Scope:
    """The scope, its placeholders unfilled. ``digests`` is ARN → SHA-256 of what the issuer may send along."""
    bounds = Bounds(template.source_addresses, template.https_only, template.account_id)
    match template.kind:
        case "bucket":
            key = whole_key(template.kms_key, issuer)
            return BucketScope(issuer.partition, template.buckets, template.prefix, template.actions, key, bounds)
        case "shared":
            return SharedScope(
                partition=issuer.partition,
                bucket=template.bucket,
                prefix=template.prefix,
                actions=template.actions,
                tag_key=template.tag_key,
                tag_value=template.tag_value,
                bounds=bounds,
            )
        case "managed":
            policies = tuple(ManagedPolicy(arn, digests.get(arn, "")) for arn in template.policies)
            return ManagedScope(policies, as_sent(template.policy))
        case "session":
            return SessionScope(issuer.user_arn, mfa_serial)
        case _:
            return CustomScope(as_sent(template.policy))


def as_sent(policy: str) -> str:
    """Without white space, of which AWS counts every character; what cannot be read in one way stays as it is."""
    try:
        reading = read(policy)
    except NotJsonError:
        return policy
    return minify(reading.value) if isinstance(reading.value, dict) and not reading.repeated else policy
