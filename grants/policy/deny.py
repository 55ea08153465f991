"""The Deny that ends sessions early: an IAM document over federated names, merged, never overwritten; pure."""

import json
import re
from collections.abc import Collection
from typing import Any, Final

from grants.errors import RevokeError

POLICY_NAME: Final = "daypass-deny"
SID: Final = "DaypassDenied"
INLINE_MAX: Final = 2_048  # IAM: all inline policies of a user together, white space not counted

# dp-… are grants, dry-… are dry runs; nothing here can hold a wildcard, a quote or a policy variable.
_USERID: Final = re.compile(r"[0-9]{12}:(?:dp|dry)-[0-9A-Za-z-]{1,28}")


class UseridRefusedError(RevokeError):
    """Not the ``aws:userid`` of a session of ours."""

    code = "deny_userid_refused"
    sentence = "What should be denied is not a federated session of Daypass."
    way_on = "An operator has to look at the denial on record."
    retryable = False


class NotOurDenyError(RevokeError):
    """Somebody else's document stands where ours should: overwriting it could lift what they denied."""

    code = "deny_not_ours"
    sentence = "The policy daypass-deny on the issuer was not written by Daypass, so it was left alone."
    way_on = "An AWS administrator has to look at it and delete it. Daypass keeps trying."


class DenyFullError(RevokeError):
    """More names than an inline policy holds."""

    code = "deny_full"
    sentence = "AWS has no room for another denied session on this issuer."
    way_on = "Entries leave by themselves once their sessions have ended; the runbook says how to make room at once."


def check_userids(userids: Collection[str], *, account_id: str) -> None:
    """Raise UseridRefusedError unless every one is ``account_id:`` and a name of ours."""
    for userid in userids:
        if not _USERID.fullmatch(userid) or not userid.startswith(f"{account_id}:"):
            raise UseridRefusedError(repr(userid))


def merge_denied(*, held: Collection[str], add: Collection[str], remove: Collection[str]) -> frozenset[str]:
    """What must be denied now. Whoever is both added and removed stays denied."""
    return (frozenset(held) - frozenset(remove)) | frozenset(add)


def deny_document(userids: Collection[str]) -> str:
    """The policy as minified JSON, sorted, so that the same names are the same bytes. Raises DenyFullError."""
    if not userids:
        raise UseridRefusedError("a Deny without names is no Deny")
    document = json.dumps(_shape(sorted(set(userids))), separators=(",", ":"))
    if len(document) > INLINE_MAX:
        raise DenyFullError(f"{len(document)} characters for {len(set(userids))} names")
    return document


def denied_in(document: object) -> frozenset[str]:
    """The userids in what AWS holds (decoded JSON); raises NotOurDenyError unless it is exactly a document of ours."""
    names = _names_in(document)
    if not names or not all(isinstance(name, str) and _USERID.fullmatch(name) for name in names):
        raise NotOurDenyError("names that are not ours")
    if document not in (_shape(names), _shape(names[0])):
        raise NotOurDenyError("a shape that is not ours")
    return frozenset(names)


def _names_in(document: object) -> list[Any]:
    try:
        names = document["Statement"][0]["Condition"]["StringEquals"]["aws:userid"]  # type: ignore[index]
    except (TypeError, KeyError, IndexError):
        raise NotOurDenyError("a shape that is not ours") from None
    return names if isinstance(names, list) else [names]


def _shape(names: str | list[str]) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": SID,
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:userid": names}},
            }
        ],
    }
