"""Whether the text is a policy at all, as a session takes one: its shape, its words, its length; pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from grants.policy.document import KEYS, VERSION, are_texts, plain, raw_statements
from grants.policy.findings.finding import Context, Finding, Kind, Where, shown
from grants.policy.wildcards import without_escapes

NOT_JSON: Final = Kind(
    "not_json", "error", "The policy is not JSON ({what}).", "Look there for a missing comma or quote."
)
REPEATED_KEY: Final = Kind(
    "repeated_key",
    "error",
    "{what} stands twice in one object; people read the first one, AWS may take the other.",
    "Keep one of the two.",
)
NOT_A_POLICY: Final = Kind(
    "not_a_policy", "error", "This is JSON, but no policy.", 'Begin with {"Version": "2012-10-17", "Statement": […]}.'
)
NO_STATEMENT: Final = Kind("no_statement", "error", "The policy has no statement.", "Add one that allows something.")
BAD_STATEMENT: Final = Kind("bad_statement", "error", "This statement is no object.", "Write it as {…}.")
UNKNOWN_ELEMENT: Final = Kind(
    "unknown_element", "error", "AWS knows no {what} there.", "Look for a slip of the pen, such as Actions for Action."
)
PRINCIPAL: Final = Kind(
    "principal",
    "error",
    "{what} belongs in the policy of a bucket or role; a session's policy is about its own session.",
    "Leave it out.",
)
BAD_EFFECT: Final = Kind("bad_effect", "error", "Effect is neither Allow nor Deny.", 'Write "Effect": "Allow".')
NO_ACTION: Final = Kind("no_action", "error", "The statement names no action.", "Choose its actions.")
NO_RESOURCE: Final = Kind("no_resource", "error", "The statement names no resource.", "Say which bucket and prefix.")
TWO_LISTS: Final = Kind("two_lists", "error", "{what} stand side by side.", "Keep one of them.")
BAD_LIST: Final = Kind("bad_list", "error", "{what} is neither a text nor a list of texts.", "Write it as a list.")
BAD_SID: Final = Kind("bad_sid", "error", "A Sid has letters and digits only.", "Write it without spaces and signs.")
REPEATED_SID: Final = Kind("repeated_sid", "error", "Two statements are called {what}.", "Rename or merge one of them.")
BAD_CONDITION: Final = Kind(
    "bad_condition",
    "error",
    "The condition is not built as AWS takes it.",
    'Write {"operator": {"key": ["value"]}}, with one value at least.',
)
NOT_ACTION: Final = Kind(
    "not_action", "error", "NotAction stands for every action there is but those it names.", "Name the actions instead."
)
NOT_RESOURCE: Final = Kind(
    "not_resource", "error", "Allow with NotResource allows it on everything else.", "Name what it is allowed on."
)
VERSION_MISSING: Final = Kind(
    "version_missing",
    "warning",
    "Without Version the policy is read by the rules of 2008.",
    'Add "Version": "2012-10-17".',
)
VERSION_UNKNOWN: Final = Kind("version_unknown", "error", "AWS knows no such Version.", 'Write "2012-10-17".')
VARIABLES_NEED_VERSION: Final = Kind(
    "variables_need_version",
    "error",
    "Without Version 2012-10-17 a policy variable is plain text and matches nothing.",
    'Add "Version": "2012-10-17".',
)
ALLOWS_NOTHING: Final = Kind("allows_nothing", "error", "Nothing is allowed here.", "Add a statement that allows.")
BAD_CHARACTER: Final = Kind(
    "bad_character",
    "error",
    "The policy holds {what}, which AWS does not take.",
    "Use U+0020 to U+00FF and line breaks only.",
)
TOO_LONG: Final = Kind(
    "too_long",
    "error",
    "The policy and the managed policies' ARNs have {what} characters; AWS takes 2,048, white space included.",
    "Take out white space, shorten prefixes, or use a wildcard where a list is long.",
)
KINDS: Final = (
    NOT_JSON, REPEATED_KEY, NOT_A_POLICY, NO_STATEMENT, BAD_STATEMENT, UNKNOWN_ELEMENT, PRINCIPAL, BAD_EFFECT,
    NO_ACTION, NO_RESOURCE, TWO_LISTS, BAD_LIST, BAD_SID, REPEATED_SID, BAD_CONDITION, NOT_ACTION, NOT_RESOURCE,
    VERSION_MISSING, VERSION_UNKNOWN, VARIABLES_NEED_VERSION, ALLOWS_NOTHING, BAD_CHARACTER, TOO_LONG,
)  # fmt: skip

_BAD: Final = re.compile("[^\t\n\r\u0020-\u00ff]")
_SID: Final = re.compile(r"[A-Za-z0-9]*")
_PRINCIPALS: Final = ("Principal", "NotPrincipal")
POLICY_MOST: Final = 2_048


def check_text(text: str, context: Context) -> Iterator[Finding]:
    """Length and characters, before anybody reads it."""
    length = len(text) + sum(map(len, context.policy_arns))
    if length > POLICY_MOST:
        yield TOO_LONG.at(Where(), what=f"{length:,}")
    if bad := _BAD.search(text):
        yield BAD_CHARACTER.at(Where(), what=f"U+{ord(bad[0]):04X}")


def check_document(value: object, text: str, context: Context) -> Iterator[Finding]:
    """The frame, and each statement's own shape. Beside managed policies a Deny alone is worth sending."""
    if not isinstance(value, dict):
        yield NOT_A_POLICY.at(Where())
        return
    for key in sorted(value.keys() - {"Version", "Id", "Statement"}):
        yield UNKNOWN_ELEMENT.at(Where(), what=shown(key))
    yield from _check_version(value.get("Version"), uses_variables="${" in without_escapes(text))
    statements = raw_statements(value)
    if statements in ([], [None]):
        yield NO_STATEMENT.at(Where(element="Statement"))
        return
    sids: set[str] = set()
    for number, raw in enumerate(statements, start=1):
        yield from _check_statement(number, raw, sids)
    is_alone = not context.policy_arns
    if is_alone and not any(isinstance(raw, dict) and raw.get("Effect") != "Deny" for raw in statements):
        yield ALLOWS_NOTHING.at(Where(element="Statement"))


def _check_version(version: object, *, uses_variables: bool) -> Iterator[Finding]:
    where = Where(element="Version")
    if version not in (None, "2008-10-17", VERSION):
        yield VERSION_UNKNOWN.at(where)
    elif version != VERSION:
        yield (VARIABLES_NEED_VERSION if uses_variables else VERSION_MISSING).at(where)


def _check_statement(number: int, raw: object, sids: set[str]) -> Iterator[Finding]:
    if not isinstance(raw, dict):
        yield BAD_STATEMENT.at(Where(number))
        return
    sid = raw.get("Sid", "")
    here = Where(number, sid if isinstance(sid, str) else "")
    for key in sorted(raw.keys() - KEYS):
        kind = PRINCIPAL if key in _PRINCIPALS else UNKNOWN_ELEMENT
        yield kind.at(_in(here, key if kind is PRINCIPAL else ""), what=shown(key))
    if raw.get("Effect") not in ("Allow", "Deny"):
        yield BAD_EFFECT.at(_in(here, "Effect"))
    yield from _check_sid(here, sid, sids)
    yield from _check_lists(here, raw)
    if not _is_condition(raw.get("Condition", {})):
        yield BAD_CONDITION.at(_in(here, "Condition"))


def _check_sid(here: Where, sid: object, sids: set[str]) -> Iterator[Finding]:
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        yield BAD_SID.at(_in(here, "Sid"))
    elif sid and sid in sids:
        yield REPEATED_SID.at(_in(here, "Sid"), what=shown(sid))
    elif sid:
        sids.add(sid)


def _check_lists(here: Where, raw: Mapping[str, Any]) -> Iterator[Finding]:
    rows = (("Action", "NotAction", NO_ACTION, NOT_ACTION), ("Resource", "NotResource", NO_RESOURCE, NOT_RESOURCE))
    for name, opposite, missing, inverted in rows:
        given = [key for key in (name, opposite) if key in raw]
        if all(raw[key] in ("", [], None) for key in given):
            yield missing.at(_in(here, name))
            continue
        if len(given) > 1:
            yield TWO_LISTS.at(_in(here, name), what=f"{name} and {opposite}")
        if opposite in raw and (raw.get("Effect") != "Deny" or inverted is NOT_ACTION):
            yield inverted.at(_in(here, opposite))
        for key in given:
            if not are_texts(raw[key]):
                yield BAD_LIST.at(_in(here, key), what=key)


def _is_condition(block: object) -> bool:
    return isinstance(block, dict) and all(
        isinstance(pairs, dict) and pairs and all(map(_are_values, pairs.values())) for pairs in block.values()
    )


def _are_values(value: object) -> bool:
    rows = value if isinstance(value, list) else [value]
    return bool(rows) and all(plain(row) is not None for row in rows)


def _in(here: Where, element: str) -> Where:
    return Where(here.statement, here.sid, element)
