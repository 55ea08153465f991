"""What would this allow? One request against policies, with the statement that decides; pure.

As IAM decides within one session: any Deny that applies wins, else any Allow that applies allows, else nobody does.
What the issuer may do, and the policies of buckets and keys, are not looked at: they narrow or widen elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from grants.policy.arns import takes_arn
from grants.policy.condition_answers import Answer, holds
from grants.policy.document import VERSION, NotJsonError, Statement, raw_statements, read, statements_of
from grants.policy.wildcards import pattern, takes


@dataclass(frozen=True, slots=True)
class Request:
    """``action`` is whole; ``context`` is condition key (any case) → its values; a key that is not there is absent."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def lowered(self) -> Mapping[str, tuple[str, ...]]:
        """The context as conditions look it up: AWS tells no upper from lower case in keys."""
        return MappingProxyType({key.lower(): values for key, values in self.context.items()})


@dataclass(frozen=True, slots=True)
class Verdict:
    """``by`` is the statement that decides, if any; ``notes`` say which others came near, and what is not known."""

    is_allowed: bool
    by: str
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """For an admin."""
        if self.is_allowed:
            return f"Allowed by {self.by}."
        return f"Denied by {self.by}." if self.by else "Denied: no statement allows it."


@dataclass(frozen=True, slots=True)
class _Match:
    """``answer`` is YES, NO or UNKNOWN; ``note`` says why it is not YES."""

    answer: Answer
    note: str = ""


def evaluate(policies: Sequence[str], request: Request) -> Verdict:
    """Decide ``request`` by all ``policies`` together, as STS adds up session policies.

    What cannot be read never allows: an Allow in doubt does not count, a Deny in doubt denies, and both are said.
    """
    notes: list[str] = []
    try:
        rows = [row for number, text in enumerate(policies, start=1) for row in _rows(text, number, len(policies))]
    except NotJsonError as error:
        return Verdict(
            is_allowed=False,
            by="",
            notes=(f"Daypass cannot read {error} in exactly one way, so that it allows nothing.",),
        )
    allowed, context = "", request.lowered()
    for name, statement, has_variables in sorted(rows, key=lambda row: row[1].is_allow):  # every Deny first
        match = _matches(statement, request, context, has_variables=has_variables)
        if match.note:
            notes.append(f"{name[0].upper()}{name[1:]} {match.note}.")
        if not statement.is_allow and match.answer is not Answer.NO:
            return Verdict(is_allowed=False, by=name, notes=tuple(notes))
        if statement.is_allow and match.answer is Answer.YES:
            allowed = allowed or name
    return Verdict(is_allowed=bool(allowed), by=allowed, notes=tuple(notes))


def s3_request(
    action: str,
    bucket: str,
    key: str = "",
    *,
    partition: str = "aws",
    prefix: str | None = None,
    tags: Mapping[str, str] = MappingProxyType({}),
    source_ip: str = "",
    is_secure: bool = True,
    more: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> Request:
    """A request to S3, on the object where there is a ``key``, else on the bucket; a listing asks for a ``prefix``."""
    context = {"aws:SecureTransport": ("true" if is_secure else "false",), **more}
    context |= {f"s3:ExistingObjectTag/{tag}": (value,) for tag, value in tags.items()}
    context |= {"s3:prefix": (prefix,)} if prefix is not None else {}
    context |= {"aws:SourceIp": (source_ip,)} if source_ip else {}
    return Request(action, f"arn:{partition}:s3:::{bucket}" + (f"/{key}" if key else ""), context)


def _rows(text: str, number: int, among: int) -> Iterator[tuple[str, Statement, bool]]:
    """Every statement with its name, and whether its policy knows variables; NotJsonError names the policy."""
    name = f"policy {number}" if among > 1 else "the policy"
    try:
        reading = read(text)
    except NotJsonError:
        raise NotJsonError(name) from None
    value = reading.value
    if (
        reading.repeated
        or not isinstance(value, dict)
        or not all(isinstance(raw, dict) for raw in raw_statements(value))
    ):
        raise NotJsonError(name)
    for one in statements_of(value):
        label = f"{name}, {one.label}" if among > 1 else one.label
        yield label, one, value.get("Version") == VERSION


def _matches(
    statement: Statement, request: Request, context: Mapping[str, tuple[str, ...]], *, has_variables: bool
) -> _Match:
    if not statement.is_whole:
        return _Match(Answer.UNKNOWN, "is not built as AWS takes it, so that it cannot be judged")
    if not _names(statement, request.action):
        return _Match(Answer.NO)
    known = context if has_variables else None
    if not _reaches(statement, request.resource, known):
        return _Match(Answer.NO, "names the action, but not this resource")
    verb = "would allow it" if statement.is_allow else "would deny it"
    for condition in statement.conditions:
        answer = holds(condition, context, has_variables=has_variables)
        if answer is Answer.NO:
            return _Match(answer, f"{verb}, but its condition on {condition.key} is not met")
        if answer is Answer.UNKNOWN:
            return _Match(answer, f"has a condition that Daypass cannot judge: {condition.operator} on {condition.key}")
    return _Match(Answer.YES)


def _names(statement: Statement, action: str) -> bool:
    wanted = statement.actions or statement.not_actions
    is_named = any(takes(pattern(name.lower()), action.lower()) for name in wanted)
    return is_named if statement.actions else not is_named


def _reaches(statement: Statement, resource: str, context: Mapping[str, tuple[str, ...]] | None) -> bool:
    wanted = statement.resources or statement.not_resources
    is_named = any(takes_arn(name, resource, context) for name in wanted)
    return is_named if statement.resources else not is_named
