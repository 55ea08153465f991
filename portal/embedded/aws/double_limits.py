"""The limits of GetFederationToken and GetSessionToken, refused with the codes and sentences of AWS."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from portal.embedded.aws.double_errors import Refusal, validation_error

PLAINTEXT_MOST: Final = 2048
ARNS_MOST: Final = 10
TAGS_MOST: Final = 50
SECONDS: Final = (900, 129_600)
TOKEN_SIZES: Final = (0, 4096)
POLICY_VERSIONS: Final = ("2012-10-17", "2008-10-17")
# Python's \w is \p{L}, \p{N} and the underscore; \p{Z} is its \s without the control characters.
TAG_PATTERN: Final = r"(?:[\w.:/=+\-@]|[^\S\t\n\r\f\v\x1c-\x1f\x85])*"
TAG_SHOWN: Final = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"

Form: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TextRule:
    """Length and characters of one parameter."""

    field: str
    least: int
    most: int
    pattern: str
    flags: re.RegexFlag = re.ASCII
    shown: str = ""

    def failures(self, value: str | None) -> list[str]:
        """One sentence per constraint that ``value`` breaks; None is a required parameter that was not sent."""
        if value is None:
            return [f"Value null at '{self.field}' failed to satisfy constraint: Member must not be null"]
        broken = (
            (len(value) < self.least, f"Member must have length greater than or equal to {self.least}"),
            (len(value) > self.most, f"Member must have length less than or equal to {self.most}"),
            (
                not re.fullmatch(self.pattern, value, self.flags),
                f"Member must satisfy regular expression pattern: {self.shown or self.pattern}",
            ),
        )
        return [
            f"Value '{value}' at '{self.field}' failed to satisfy constraint: {rule}" for hit, rule in broken if hit
        ]


NAME: Final = TextRule("name", 2, 32, r"[\w+=,.@-]*")
POLICY: Final = TextRule(
    "policy", 1, PLAINTEXT_MOST, "[\t\n\r\u0020-\u00ff]+", shown=r"[\u0009\u000A\u000D\u0020-\u00FF]+"
)
SERIAL: Final = TextRule("serialNumber", 9, 256, r"[\w+=/:,.@-]*")
TOKEN_CODE: Final = TextRule("tokenCode", 6, 6, r"[\d]*")


def check_federation(form: Form) -> Refusal | None:
    """What AWS refuses about a GetFederationToken before it looks at rights."""
    failures = NAME.failures(form.get("Name")) + number_failures(form, "DurationSeconds", SECONDS) + size_failures(form)
    failures += passed_failures(form)
    return validation_error(failures) if failures else passed_refusal(form)


def check_session(form: Form) -> Refusal | None:
    """What AWS refuses about the shape of a GetSessionToken."""
    failures = number_failures(form, "DurationSeconds", SECONDS) + size_failures(form)
    for name, rule in (("SerialNumber", SERIAL), ("TokenCode", TOKEN_CODE)):
        failures += rule.failures(form[name]) if name in form else []
    return validation_error(failures) if failures else None


def passed_failures(form: Form) -> list[str]:
    """One sentence per constraint that the policy, ARNs and tags passed break."""
    failures = POLICY.failures(form["Policy"]) if "Policy" in form else []
    return failures + _arn_failures(policy_arns(form)) + _tag_failures(session_tags(form))


def passed_refusal(form: Form) -> Refusal | None:
    """What AWS refuses about the policy, ARNs and tags passed once each is within its constraints."""
    refusal = _tag_keys_refusal(session_tags(form)) or _plaintext_refusal(form, policy_arns(form))
    return refusal or _policy_refusal(form.get("Policy"))


def policy_arns(form: Form) -> list[str]:
    """The managed policies passed, in their order."""
    return [form[f"PolicyArns.member.{n}.arn"] for n in _members(form, r"PolicyArns\.member\.(\d+)\.arn")]


def session_tags(form: Form) -> list[tuple[str, str]]:
    """The session tags passed, in their order."""
    numbers = _members(form, r"Tags\.member\.(\d+)\.(?:Key|Value)")
    return [(form.get(f"Tags.member.{n}.Key", ""), form.get(f"Tags.member.{n}.Value", "")) for n in numbers]


def _members(form: Form, pattern: str) -> list[int]:
    return sorted({int(found[1]) for key in form if (found := re.fullmatch(pattern, key))})


def number_failures(form: Form, name: str, bounds: tuple[int, int]) -> list[str]:
    """One sentence when the number ``name``, where it was sent, is none or out of its bounds."""
    if name not in form:
        return []
    field = name[0].lower() + name[1:]
    start = f"Value '{form[name]}' at '{field}' failed to satisfy constraint: Member must "
    if not re.fullmatch(r"-?\d{1,9}", form[name], re.ASCII):
        return [start + "be a whole number"]
    if int(form[name]) < bounds[0]:
        return [start + f"have value greater than or equal to {bounds[0]}"]
    return [start + f"have value less than or equal to {bounds[1]}"] if int(form[name]) > bounds[1] else []


def size_failures(form: Form) -> list[str]:
    """The same for the token size asked for."""
    return number_failures(form, "MinimumSessionTokenSize", TOKEN_SIZES)


def _list_failures(field: str, count: int, most: int) -> list[str]:
    rule = f"Member must have length less than or equal to {most}"
    return [f"Value at '{field}' failed to satisfy constraint: {rule}"] if count > most else []


def _arn_failures(arns: list[str]) -> list[str]:
    failures = _list_failures("policyArns", len(arns), ARNS_MOST)
    for number, arn in enumerate(arns, 1):
        failures += TextRule(f"policyArns.{number}.member.arn", 20, 2048, POLICY.pattern, shown=POLICY.shown).failures(
            arn
        )
    return failures


def _tag_failures(tags: list[tuple[str, str]]) -> list[str]:
    failures = _list_failures("tags", len(tags), TAGS_MOST)
    for number, (key, value) in enumerate(tags, 1):
        place = f"tags.{number}.member"
        failures += TextRule(f"{place}.key", 1, 128, TAG_PATTERN, re.UNICODE, TAG_SHOWN).failures(key)
        failures += TextRule(f"{place}.value", 0, 256, TAG_PATTERN, re.UNICODE, TAG_SHOWN).failures(value)
    return failures


def _tag_keys_refusal(tags: list[tuple[str, str]]) -> Refusal | None:
    if len({key.lower() for key, _ in tags}) == len(tags):
        return None
    sentence = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    return Refusal("InvalidParameterValue", sentence)


def _plaintext_refusal(form: Form, arns: list[str]) -> Refusal | None:
    """AWS documents this limit without naming its code; ValidationError is what the other lengths give."""
    size = len(form.get("Policy", "")) + sum(map(len, arns))
    if size <= PLAINTEXT_MOST:
        return None
    rule = f"The plaintext of the session policies has {size} characters, and {PLAINTEXT_MOST} is the limit"
    return validation_error([f"Value at 'policy' and 'policyArns' failed to satisfy constraint: {rule}"])


def _policy_refusal(policy: str | None) -> Refusal | None:
    if policy is None:
        return None
    try:
        document = json.loads(policy)
    except ValueError:
        return Refusal("MalformedPolicyDocument", "This policy contains invalid Json")
    sentence = _document_fault(document)
    return Refusal("MalformedPolicyDocument", sentence) if sentence else None


def _document_fault(document: object) -> str:
    if not isinstance(document, dict) or document.get("Version", POLICY_VERSIONS[0]) not in POLICY_VERSIONS:
        return "Syntax errors in policy."
    statements = document.get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    if not listed:
        return "Syntax errors in policy."
    return next(filter(None, map(_statement_fault, listed)), "")


def _statement_fault(statement: object) -> str:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        return "Syntax errors in policy."
    if "Principal" in statement or "NotPrincipal" in statement:
        return "Policy document should not specify a principal."
    if not ("Action" in statement) ^ ("NotAction" in statement):
        return "Policy statement must contain actions."
    if not ("Resource" in statement) ^ ("NotResource" in statement):
        return "Policy statement must contain resources."
    return ""
