"""What is signed: everything that decides a grant, as canonical JSON, and the SHA-256 over it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Final

from grants.errors import StaleSnapshotError
from grants.policy.render import render_policy
from grants.policy.scopes import Scope, policy_arns_of, scope_from_json, scope_to_json
from grants.policy.sentence import describe_grant
from grants.values import IssuerRef

FORMAT: Final = 2


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A grant by value. ``seconds`` is a ceiling; ``tags`` are sorted (key, value); ``policy`` is JSON as sent.

    ``scope`` is filled: no placeholder is left. ``policy`` is "" where none is sent, ``starts_at`` ISO 8601, or "" for
    at once. New fields come last with defaults, so that what was signed before them still reads.
    """

    reference: str
    template: str
    template_version: str
    vendor: str
    recipient: str
    recipient_person: str
    scope: Scope
    policy: str
    policy_arns: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    seconds: int
    issuer: IssuerRef
    mint: str
    pickup_check: str
    link_seconds: int
    approver_groups: tuple[str, ...]
    approval_seconds: int
    requester: str = ""
    starts_at: str = ""
    signers: tuple[tuple[str, int], ...] = ()
    needs_passkey: bool = False

    @property
    def sentence(self) -> str:
        """The sentence that people sign."""
        return describe_grant(self.scope, self.seconds, self.starts_at)


def to_canonical(snapshot: Snapshot) -> str:
    """Canonical JSON: sorted keys, no white space, ASCII."""
    document = {**asdict(snapshot), "format": FORMAT, "scope": scope_to_json(snapshot.scope)}
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def hash_of(canonical: str) -> str:
    """SHA-256 of the canonical JSON, in hex."""
    return hashlib.sha256(canonical.encode()).hexdigest()


def from_canonical(canonical: str, *, expected_hash: str) -> Snapshot:
    """Read a snapshot back; refuses one whose hash, format or policy is not what it should be."""
    if hash_of(canonical) != expected_hash:
        raise StaleSnapshotError("snapshot hash differs")
    document: dict[str, Any] = json.loads(canonical)
    if document.pop("format", None) != FORMAT:
        raise StaleSnapshotError("unknown snapshot format")
    document["scope"] = scope_from_json(document["scope"])
    document["issuer"] = IssuerRef(**document["issuer"])
    for name in ("tags", "signers"):
        document[name] = tuple(map(tuple, document.get(name, ())))
    for name in ("policy_arns", "approver_groups"):
        document[name] = tuple(document[name])
    snapshot = Snapshot(**document)
    if (render_policy(snapshot.scope), policy_arns_of(snapshot.scope)) != (snapshot.policy, snapshot.policy_arns):
        raise StaleSnapshotError("what is sent is not what the sentence says")
    return snapshot
