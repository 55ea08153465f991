"""What a grant opens: one shape for every kind of template, each a value that renders, reads and compares."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Final, TypeAlias

from grants.errors import StaleSnapshotError


@dataclass(frozen=True, slots=True)
class Bounds:
    """What every statement is bound to besides its resources; empty means not bound.

    ``source_addresses`` are CIDR blocks, ``account_id`` is the bucket owner's.
    """

    source_addresses: tuple[str, ...] = ()
    https_only: bool = False
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class BucketScope:
    """The same prefix, ending in ``/``, of one or more buckets, and the S3 actions on it."""

    kind: ClassVar[str] = "bucket"

    partition: str
    buckets: tuple[str, ...]
    prefix: str
    actions: tuple[str, ...]
    kms_key: str = ""
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, slots=True)
class SharedScope:
    """Reading those objects below a prefix that carry a partner's object tag (``s3:ExistingObjectTag``)."""

    kind: ClassVar[str] = "shared"

    partition: str
    bucket: str
    prefix: str
    actions: tuple[str, ...]
    tag_key: str
    tag_value: str
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A managed policy by its ARN and the SHA-256 (hex) of its document as it was when it was chosen."""

    arn: str
    digest: str

    @property
    def name(self) -> str:
        """The policy's name without its path."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class ManagedScope:
    """Up to ten managed policies of the issuer's allow-list; an inline one beside them adds, and takes by its Deny."""

    kind: ClassVar[str] = "managed"

    policies: tuple[ManagedPolicy, ...]
    policy: str = ""


@dataclass(frozen=True, slots=True)
class SessionScope:
    """All rights of one dedicated IAM user: GetSessionToken takes no policy. ``mfa_serial`` is empty without MFA."""

    kind: ClassVar[str] = "session"

    user_arn: str
    mfa_serial: str = ""


@dataclass(frozen=True, slots=True)
class CustomScope:
    """A session policy that an expert wrote."""

    kind: ClassVar[str] = "custom"

    policy: str


Scope: TypeAlias = BucketScope | SharedScope | ManagedScope | SessionScope | CustomScope

SHAPES: Final[Mapping[str, type[Scope]]] = {
    shape.kind: shape for shape in (BucketScope, SharedScope, ManagedScope, SessionScope, CustomScope)
}


def scope_to_json(scope: Scope) -> dict[str, Any]:
    """As a JSON object; ``kind`` says which shape it is."""
    return {"kind": scope.kind, **asdict(scope)}


def scope_from_json(document: Mapping[str, Any]) -> Scope:
    """The value that ``scope_to_json`` wrote; StaleSnapshotError for anything else."""
    values = {name: _frozen(name, value) for name, value in document.items() if name != "kind"}
    try:
        scope = SHAPES[document["kind"]](**values)
        hash(scope)  # fails where anything but a word stands for a word
    except (KeyError, TypeError):
        raise StaleSnapshotError("unknown scope") from None
    return scope


def _frozen(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    if name == "bounds":
        return Bounds(**{**value, "source_addresses": tuple(value["source_addresses"])})
    if name == "policies":
        return tuple(ManagedPolicy(**policy) for policy in value)
    return tuple(value) if isinstance(value, list) else value


def buckets_of(scope: Scope) -> tuple[str, ...]:
    """The buckets that a scope names; none where a policy or a user's rights say it."""
    match scope:
        case BucketScope():
            return scope.buckets
        case SharedScope():
            return (scope.bucket,)
        case _:
            return ()


def prefix_of(scope: Scope) -> str:
    """The prefix that a scope is bound to, or nothing."""
    return scope.prefix if isinstance(scope, BucketScope | SharedScope) else ""


def places_of(scope: Scope) -> tuple[str, ...]:
    """Each place as people write it: ``s3://acme-drop/in/``."""
    return tuple(f"s3://{bucket}/{prefix_of(scope)}" for bucket in buckets_of(scope))


def actions_of(scope: Scope) -> tuple[str, ...]:
    """The actions that a scope lists by itself."""
    return scope.actions if isinstance(scope, BucketScope | SharedScope) else ()


def digests_of(scope: Scope) -> tuple[tuple[str, str], ...]:
    """The managed policies that are sent along, each with the digest of its document as it was chosen."""
    return tuple((policy.arn, policy.digest) for policy in scope.policies) if isinstance(scope, ManagedScope) else ()


def policy_arns_of(scope: Scope) -> tuple[str, ...]:
    """The managed policies that are sent along."""
    return tuple(policy.arn for policy in scope.policies) if isinstance(scope, ManagedScope) else ()
