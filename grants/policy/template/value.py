"""Every choice of a template, as people make it: names rather than ids, hours rather than seconds; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["bucket", "shared", "managed", "session", "custom"]

KINDS: Final = ("bucket", "shared", "managed", "session", "custom")
WHO_ASKS: Final = ("contractors", "sponsors")
PICKUP_CHECKS: Final = ("requester_code", "spoken_code", "sign_in", "none")
MINTS: Final = ("on_approval", "at_start", "on_pickup")
HOUR: Final = 3_600


@dataclass(frozen=True, slots=True)
class Template:
    """One wording of a template. ``issuer`` is a name, ``vendors`` are slugs, hours are whole quarters.

    ``signers`` is group → how many of it; ``consecutive_hours`` 0 means no cap; ``accepted`` is the code of a warning →
    why it may stand. What does not belong to the kind is empty.
    """

    name: str
    kind: str
    issuer: str
    description: str = ""
    vendors: tuple[str, ...] = ()
    who_asks: tuple[str, ...] = WHO_ASKS
    buckets: tuple[str, ...] = ()
    bucket: str = ""
    prefix: str = ""
    actions: tuple[str, ...] = ()
    tag_key: str = ""
    tag_value: str = ""
    kms_key: str = ""
    source_addresses: tuple[str, ...] = ()
    https_only: bool = False
    account_id: str = ""
    policies: tuple[str, ...] = ()
    policy: str = ""
    folder_pattern: str = ""
    folder_hint: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    min_hours: float = 0.25
    default_hours: float = 1.0
    max_hours: float = 8.0
    consecutive_hours: float = 0.0
    signers: Mapping[str, int] = field(default_factory=dict)
    needs_passkey: bool = False
    custodian_group: str = ""
    reason_hint: str = ""
    ticket_pattern: str = ""
    ticket_hint: str = ""
    pickup_check: str = "requester_code"
    link_hours: float = 4.0
    mint: str = "on_approval"
    accepted: Mapping[str, str] = field(default_factory=dict)


def seconds_of(hours: float) -> int:
    """Whole seconds."""
    return round(hours * HOUR)
