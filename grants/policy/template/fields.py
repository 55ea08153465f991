"""The fields of a template as data: how each is called, read and said, and to which kinds it belongs; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from grants.policy.actions import BY_NAME
from grants.policy.findings import KINDS as FINDINGS
from grants.policy.template import shapes
from grants.policy.template.rules import RULES
from grants.policy.template.value import KINDS, MINTS, PICKUP_CHECKS, WHO_ASKS

PLACES: Final = frozenset({"bucket", "shared"})
POLICIES: Final = frozenset({"managed", "custom"})
ALL: Final = frozenset(KINDS)
NOT_SESSION: Final = ALL - {"session"}
POLICY_MOST: Final = 10_000  # as typed; what is sent has no white space and at most 2,048
WORDS: Final[Mapping[str, str]] = {
    "bucket": "files in buckets",
    "shared": "shared data, by a partner's tag",
    "managed": "managed policies",
    "session": "a session of a dedicated IAM user",
    "custom": "a policy of one's own",
    "contractors": "contractors for themselves",
    "sponsors": "sponsors on a contractor's behalf",
    "requester_code": "the code shown when the request was sent",
    "spoken_code": "a code told by telephone",
    "sign_in": "signing in as the recipient",
    "none": "nothing besides the link",
    "on_approval": "on approval",
    "at_start": "at the booked start",
    "on_pickup": "on pickup",
}

_WARNINGS: Final[Mapping[str, str]] = {kind.code: kind.general for kind in (*FINDINGS, *RULES)}


def _plain(value: Any) -> str:  # noqa: ANN401 - any field's value
    return str(value)


def _chosen(value: Any) -> str:  # noqa: ANN401 - any field's value
    return WORDS.get(value, str(value))


def _listed(value: Any) -> str:  # noqa: ANN401 - any field's value
    return ", ".join(map(_chosen, value))


def _flag(value: Any) -> str:  # noqa: ANN401 - any field's value
    return "yes" if value else "no"


def _hours(value: Any) -> str:  # noqa: ANN401 - any field's value
    return "" if not value else "1 hour" if value == 1 else "15 minutes" if value == 1 / 4 else f"{value:g} hours"


def _pairs(value: Any) -> str:  # noqa: ANN401 - any field's value
    return ", ".join(f"{key}={text}" for key, text in sorted(value.items()))


def _reasons(value: Any) -> str:  # noqa: ANN401 - any field's value
    """Each warning as it reads, and why it was accepted; one that is no more is called by its code."""
    rows = [(_WARNINGS.get(code, code.replace("_", " ")), reason) for code, reason in sorted(value.items())]
    return " ".join(f"“{warning}” Accepted: {reason}" for warning, reason in rows)


def _signers(value: Any) -> str:  # noqa: ANN401 - any field's value
    return ", ".join(f"{count} of {group}" for group, count in sorted(value.items()))


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``say`` puts a value into words, "" for none; a document that leaves it out says ``default``."""

    name: str
    label: str
    read: shapes.Shape
    default: object = ""
    kinds: frozenset[str] = ALL
    say: Callable[[Any], str] = _plain


FIELDS: Final = (
    Field("name", "Name", shapes.text(120, needed="Give the template a name that contractors understand.")),
    Field("description", "Description", shapes.text(300)),
    Field("kind", "Kind", shapes.one_of(KINDS), say=_chosen),
    Field("issuer", "Issuer", shapes.text(120, needed="Choose an issuer.")),
    Field("vendors", "Open to", shapes.texts(60), (), say=_listed),
    Field("who_asks", "Who may ask", shapes.some_of(WHO_ASKS, needed="Choose who may ask."), WHO_ASKS, say=_listed),
    Field("buckets", "Buckets", shapes.texts(63, needed="Name the bucket."), (), frozenset({"bucket"}), _listed),
    Field("bucket", "Bucket", shapes.text(63, needed="Name the bucket."), "", frozenset({"shared"})),
    Field("prefix", "Prefix", shapes.text(512, needed="Name the prefix, ending in a slash."), "", PLACES),
    Field(
        "actions",
        "What may be done there",
        shapes.some_of(tuple(BY_NAME), needed="Choose at least one action."),
        (),
        PLACES,
        _listed,
    ),
    Field("tag_key", "Object tag", shapes.text(128, needed="Name the object tag."), "", frozenset({"shared"})),
    Field("tag_value", "Its value", shapes.text(256, needed="Give the tag's value."), "", frozenset({"shared"})),
    Field("kms_key", "KMS key", shapes.text(256), "", frozenset({"bucket"})),
    Field("source_addresses", "From these networks only", shapes.texts(64), (), PLACES, _listed),
    Field("https_only", "Over HTTPS only", shapes.flag, default=False, kinds=PLACES, say=_flag),
    Field("account_id", "Account that owns the bucket", shapes.text(12), "", PLACES),
    Field(
        "policies",
        "Managed policies",
        shapes.texts(2_048, needed="Choose at least one of the issuer's managed policies."),
        (),
        frozenset({"managed"}),
        _listed,
    ),
    Field("policy", "Policy", shapes.policy(POLICY_MOST), "", POLICIES),
    Field("folder_pattern", "Folder pattern", shapes.pattern(), "", NOT_SESSION),
    Field("folder_hint", "Folder hint", shapes.text(200), "", NOT_SESSION),
    Field("tags", "Session tags", shapes.pairs, {}, NOT_SESSION, _pairs),
    Field("min_hours", "Shortest time", shapes.hours(0.25, 36), 0.25, say=_hours),
    Field("default_hours", "Usual time", shapes.hours(0.25, 36), 1, say=_hours),
    Field("max_hours", "Longest time", shapes.hours(0.25, 36), 8, say=_hours),
    Field("consecutive_hours", "Longest time in a row", shapes.hours(0.25, 168, or_none=True), 0, say=_hours),
    Field("signers", "Who must sign", shapes.counts, {}, say=_signers),
    Field("needs_passkey", "Each signature with a passkey", shapes.flag, default=False, say=_flag),
    Field("custodian_group", "Who else may type the MFA code", shapes.text(150), "", frozenset({"session"})),
    Field("reason_hint", "Reason hint", shapes.text(200)),
    Field("ticket_pattern", "Ticket pattern", shapes.pattern()),
    Field("ticket_hint", "Ticket hint", shapes.text(200)),
    Field("pickup_check", "Pickup check", shapes.one_of(PICKUP_CHECKS), "requester_code", say=_chosen),
    Field("link_hours", "How long the mailed link works", shapes.hours(0.25, 168), 4, say=_hours),
    Field("mint", "When the credentials are made", shapes.one_of(MINTS), "on_approval", say=_chosen),
    Field("accepted", "Warnings accepted", shapes.reasons, {}, say=_reasons),
)
BY_FIELD: Final = {each.name: each for each in FIELDS}


def fields_of(kind: str) -> tuple[Field, ...]:
    """The fields of one kind, in order."""
    return tuple(each for each in FIELDS if kind in each.kinds)


def label_of(name: str) -> str:
    """What a field is called; its own name where there is no such field."""
    return BY_FIELD[name].label if name in BY_FIELD else name
