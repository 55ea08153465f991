"""AssumeRole as AWS would have it: its limits, the hour of a chained role, and who may set a source identity."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from portal.embedded.aws.double_errors import Refusal, access_denied, validation_error
from portal.embedded.aws.double_limits import (
    Form,
    TextRule,
    number_failures,
    passed_failures,
    passed_refusal,
    size_failures,
)

ROLE_SECONDS: Final = (900, 43_200)
CHAINED_MOST: Final = 3_600
DEFAULT_SECONDS: Final = 3_600
ROLE_ARN: Final = TextRule("roleArn", 20, 2_048, "[\t\n\r\u0020-\u00ff]+", shown=r"[\u0009\u000A\u000D\u0020-\u00FF]+")
SESSION_NAME: Final = TextRule("roleSessionName", 2, 64, r"[\w+=,.@-]*")
OPTIONAL: Final = (
    ("ExternalId", TextRule("externalId", 2, 1_224, r"[\w+=,.@:/-]*")),
    ("SourceIdentity", TextRule("sourceIdentity", 2, 64, r"[\w+=,.@-]*")),
)


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """What decides about assuming a role, beside what the stand-in itself looks at."""

    trust: dict[str, Any]
    seconds_most: int


def check_role(form: Form) -> Refusal | None:
    """What AWS refuses about the shape of an AssumeRole."""
    failures = ROLE_ARN.failures(form.get("RoleArn")) + SESSION_NAME.failures(form.get("RoleSessionName"))
    for name, rule in OPTIONAL:
        failures += rule.failures(form[name]) if name in form else []
    failures += number_failures(form, "DurationSeconds", ROLE_SECONDS) + size_failures(form) + passed_failures(form)
    return validation_error(failures) if failures else passed_refusal(form)


def role_refusal(form: Form, facts: RoleFacts | None, *, is_chained: bool) -> Refusal | None:
    """What AWS refuses about this role. A role that is not there is left to the stand-in, which denies it."""
    seconds = int(form.get("DurationSeconds") or DEFAULT_SECONDS)
    if is_chained and seconds > CHAINED_MOST:
        return Refusal(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        )
    if facts is None:
        return None
    if seconds > facts.seconds_most:
        return Refusal(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    if "SourceIdentity" in form and "sts:SetSourceIdentity" not in set(_allowed(facts.trust)):
        return access_denied(f"User is not authorized to perform: sts:SetSourceIdentity on resource: {form['RoleArn']}")
    return None


def with_source_identity(body: bytes, form: Form) -> bytes:
    """The stand-in does not know it: put it where AWS does."""
    identity = form.get("SourceIdentity")
    end = b"</AssumeRoleResult>"
    return body.replace(end, f"<SourceIdentity>{identity}</SourceIdentity>".encode() + end) if identity else body


def trust_of(document: object) -> dict[str, Any]:
    """A trust policy as data; botocore hands it out decoded, or as text."""
    loaded: dict[str, Any] = json.loads(document) if isinstance(document, str) else document  # type: ignore[assignment]  # JSON
    return loaded


def _allowed(trust: dict[str, Any]) -> Iterator[str]:
    statements = trust.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = statement["Action"]
        yield from [actions] if isinstance(actions, str) else actions
