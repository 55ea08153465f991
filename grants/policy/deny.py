"""The Deny that ends sessions early: what is denied, as an IAM document and back; merged, never overwritten; pure.

An entry is a text: ``ACCOUNT:federated name`` or ``AROA…:role session name`` (one session, as its ``aws:userid`` says),
``vendor=SLUG`` and ``template=SLUG`` (every session with that tag), ``before=2026-01-02T15:04:05Z`` (every session that
is older: the only handle on those of GetSessionToken, which share their user's id).
"""

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from grants.errors import RevokeError
from grants.values import IssuerRef

POLICY_NAME: Final = "daypass-deny"
NOBODY: Final = "nobody"  # no aws:userid is that: what stands where nobody is denied but a document must be


@dataclass(frozen=True, slots=True)
class Kind:
    """One statement: by which condition its entries are denied, and what their values look like."""

    prefix: str
    sid: str
    operator: str
    key: str
    shape: re.Pattern[str]

    def value_of(self, entry: str) -> str | None:
        """The entry's value, or None when it is of another kind."""
        value = entry.removeprefix(self.prefix)
        return value if entry.startswith(self.prefix) and self.shape.fullmatch(value) else None


# dp-… are grants, dry-… are dry runs; nothing here can hold a wildcard, a quote or a policy variable.
SESSION: Final = Kind(
    "",
    "DaypassDenied",
    "StringEquals",
    "aws:userid",
    re.compile(r"(?:[0-9]{12}|AROA[A-Z0-9]{12,60}):(?:dp|dry)-[0-9A-Za-z-]{1,28}"),
)
VENDOR: Final = Kind(
    "vendor=",
    "DaypassDeniedVendors",
    "StringEquals",
    "aws:PrincipalTag/daypass:vendor",
    re.compile(r"[a-z0-9-]{1,60}"),
)
TEMPLATE: Final = Kind(
    "template=",
    "DaypassDeniedTemplates",
    "StringEquals",
    "aws:PrincipalTag/daypass:template",
    re.compile(r"[A-Za-z0-9_-]{1,60}"),
)
BEFORE: Final = Kind(
    "before=",
    "DaypassDeniedBefore",
    "DateLessThan",
    "aws:TokenIssueTime",
    re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"),
)
KINDS: Final = (VENDOR, TEMPLATE, BEFORE, SESSION)


class EntryRefusedError(RevokeError):
    """Not a session, vendor, template or time of ours."""

    code = "deny_entry_refused"
    sentence = "What should be denied is not a session of Daypass."
    way_on = "An operator has to look at the denial on record."
    retryable = False


class NotOurDenyError(RevokeError):
    """Somebody else's document stands where ours should: overwriting it could lift what they denied."""

    code = "deny_not_ours"
    sentence = "A Deny policy of the issuer was not written by Daypass, so it was left alone."
    way_on = "An AWS administrator has to look at it and delete it. Daypass keeps trying."


class DenyFullError(RevokeError):
    """More entries than both policies hold."""

    code = "deny_full"
    sentence = "AWS has no room for another denied session on this issuer."
    way_on = "Entries leave by themselves once their sessions have ended; the runbook says how to make room at once."


def entry_of(issuer: IssuerRef, name: str, now: datetime) -> str:
    """How one session is denied: by its name, or of GetSessionToken, which names none, all that are older than now."""
    if issuer.kind != "session":
        return issuer.userid_of(name)
    whole = now.astimezone(UTC).replace(microsecond=0)
    return f"{BEFORE.prefix}{whole + timedelta(seconds=whole < now):%Y-%m-%dT%H:%M:%SZ}"


def check_entries(entries: Collection[str], *, account_id: str, role_id: str = "") -> None:
    """Raise EntryRefusedError unless every one is an entry of ours, and every session one of this issuer.

    Federated sessions are ``account_id``'s; sessions of a role are those of ``role_id``, or of any role while the
    issuer's is not known: on the wrong role such a Deny meets nobody.
    """
    for entry in entries:
        kind = _kind_of(entry)
        if kind is None or (kind is SESSION and not _is_of(entry, account_id, role_id)):
            raise EntryRefusedError(repr(entry))


def _is_of(entry: str, account_id: str, role_id: str) -> bool:
    owner = entry.partition(":")[0]
    return owner in (account_id, role_id) or (not role_id and owner.startswith("AROA"))


def merge_denied(*, held: Collection[str], add: Collection[str], remove: Collection[str]) -> frozenset[str]:
    """What must be denied now. Whoever is both added and removed stays denied."""
    return (frozenset(held) - frozenset(remove)) | frozenset(add)


def deny_document(entries: Collection[str]) -> str:
    """The policy as minified JSON, in one order, so that the same entries are the same bytes; [] denies nobody."""
    statements = []
    for kind in KINDS:
        values = sorted({value for entry in entries if (value := kind.value_of(entry)) is not None})
        if values:
            statements.append(_statement(kind, values))
    document = {"Version": "2012-10-17", "Statement": statements or [_statement(SESSION, [NOBODY])]}
    return json.dumps(document, separators=(",", ":"))


def denied_in(document: object) -> frozenset[str]:
    """The entries in what AWS holds (decoded JSON); raises NotOurDenyError unless it is exactly a document of ours."""
    if not isinstance(document, dict) or set(document) != {"Version", "Statement"}:
        raise NotOurDenyError("a shape that is not ours")
    statements = document["Statement"]
    if document["Version"] != "2012-10-17" or not isinstance(statements, list) or not statements:
        raise NotOurDenyError("a shape that is not ours")
    sids = [statement.get("Sid") for statement in statements if isinstance(statement, dict)]
    if len(set(sids)) != len(statements):
        raise NotOurDenyError("statements that are not ours")
    if statements == [_statement(SESSION, [NOBODY])]:
        return frozenset()
    return frozenset(entry for statement in statements for entry in _entries_in(statement))


def _kind_of(entry: str) -> Kind | None:
    return next((kind for kind in KINDS if kind.value_of(entry) is not None), None)


def _entries_in(statement: dict[str, Any]) -> Iterable[str]:
    kind = next((kind for kind in KINDS if kind.sid == statement.get("Sid")), None)
    if kind is None:
        raise NotOurDenyError("a statement that is not ours")
    try:
        found = statement["Condition"][kind.operator][kind.key]
    except (TypeError, KeyError):
        raise NotOurDenyError("a condition that is not ours") from None
    values = found if isinstance(found, list) else [found]
    if not values or not all(isinstance(value, str) and kind.shape.fullmatch(value) for value in values):
        raise NotOurDenyError("names that are not ours")
    if statement not in (_statement(kind, values), _statement(kind, values[0])):
        raise NotOurDenyError("a shape that is not ours")
    return [kind.prefix + value for value in values]


def _statement(kind: Kind, values: str | list[str]) -> dict[str, Any]:
    return {
        "Sid": kind.sid,
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {kind.operator: {kind.key: values}},
    }
