"""Beside the editor: what the form would allow as it stands, what speaks against it, and what it would answer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from grants import queries
from grants.errors import FieldErrorsError
from grants.flows.templates import Review, findings_in
from grants.policy.actions import BY_NAME, offered_in
from grants.policy.catalogue import KnownAction
from grants.policy.catalogue import action as known_action
from grants.policy.evaluate import Request, evaluate, s3_request
from grants.policy.findings import Finding
from grants.policy.findings.risks import LASTS, risk_of
from grants.policy.placeholders import Filling, fill_scope
from grants.policy.render import render_policy
from grants.policy.scopes import Bounds, BucketScope, ManagedScope, Scope, SessionScope, SharedScope
from grants.policy.search import by_level, search, search_services
from grants.policy.template import label_of
from grants.presenters.pages import pretty
from grants.presenters.templates import Meter, estimate_of, meter_of
from grants.presenters.unsigned import UnsignedView, unsigned_of_review

FOUND_MOST: Final = 30
SERVICES_MOST: Final = 5
OFFERED: Final = {kind: {action.name for action in offered_in(kind)} for kind in ("bucket", "shared")}
EXAMPLE = Filling(
    {
        "grant": "7Q2M4K9XTA",
        "vendor": "acme-robotics",
        "contractor.email": "carol@acme.example",
        "ticket": "OPS-42",
        "folder": "run-17",
    }
)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding, where it stands, and the reason that was written for it."""

    code: str
    is_error: bool
    sentence: str
    way_on: str
    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the admin wants to know of the policy: an action, an object, and the object's tag where there is one.

    ``find`` is words for an action of AWS's list, in a template of ``kind``; ``partition`` is the issuer's.
    """

    action: str = ""
    object: str = ""
    tag: str = ""
    find: str = ""
    kind: str = ""
    partition: str = "aws"


@dataclass(frozen=True, slots=True)
class Found:
    """An action of AWS's list; ``why_not`` where this kind of template cannot give it, or no kind."""

    name: str
    told: str
    why_not: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Allowed or denied, by which statement."""

    is_allowed: bool
    sentence: str
    question: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """``wrong`` says what keeps the rest from being shown."""

    wrong: tuple[tuple[str, str], ...] = ()
    unsigned: UnsignedView | None = None
    sentence: str = ""
    policy: str = ""
    length: int = 0
    tags: int = 0
    sends_policy: bool = True
    estimate: int | None = None
    meter: Meter | None = None
    findings: tuple[FindingRow, ...] = ()
    answer: Answer | None = None
    find: str = ""
    found: tuple[tuple[str, tuple[Found, ...]], ...] = ()
    services: tuple[tuple[str, str], ...] = ()


def panel_of(review: Review, asked: Asked) -> Panel:
    """A document that stands."""
    request = review.request
    return Panel(
        unsigned=unsigned_of_review(review),
        sentence=review.sentence,
        policy=pretty(review.policy),
        length=len(request.policy) + sum(map(len, request.policy_arns)) if request else 0,
        tags=len(request.tags) if request else 0,
        sends_policy=request is not None,
        estimate=estimate_of(review),
        meter=meter_of(queries.newest_test(review.digest), needs_test=request is not None),
        findings=finding_rows(review),
        answer=answer_to(review.fields.scope, replace(asked, partition=review.issuer.partition)),
        **_found(asked),
    )


def wrong_panel(error: FieldErrorsError, asked: Asked, document: Mapping[str, Any]) -> Panel:
    """One that does not: each error with its field's name, and what speaks against the policy that was typed."""
    rows = tuple((label_of(each.field), each.field_sentence) for each in error.errors)
    findings = tuple(finding_row(finding) for finding in findings_in(document))
    return Panel(wrong=rows, findings=findings, **_found(asked))


def shapeless_panel(rows: tuple[tuple[str, str], ...], asked: Asked) -> Panel:
    """Answers that cannot become a document at all: (label, what is wrong)."""
    return Panel(wrong=rows, **_found(asked))


def finding_rows(review: Review) -> tuple[FindingRow, ...]:
    """Errors first; of a warning that stands in several places one takes the reason for all."""
    rows = [finding_row(finding, review.template.accepted.get(finding.code, "")) for finding in review.findings]
    return tuple(sorted(rows, key=lambda row: (not row.is_error, row.code)))


def finding_row(finding: Finding, reason: str = "") -> FindingRow:
    """One of them, in the words of the page."""
    where = str(finding.where) if finding.where.statement else ""
    return FindingRow(finding.code, finding.is_error, finding.sentence, finding.way_on, where, reason)


def answer_to(scope: Scope, asked: Asked) -> Answer | None:
    """Decided as IAM decides within the session; placeholders are filled with an example's values."""
    if not asked.action or isinstance(scope, SessionScope):
        return None
    if known_action(asked.action) is None:
        return Answer(is_allowed=False, sentence="AWS has no such action.", question=asked.action, notes=())
    policy = render_policy(fill_scope(scope, EXAMPLE))
    question = f"{asked.action} on {asked.object or 'nothing named'}"
    if isinstance(scope, ManagedScope):
        return _beside_managed(policy, scope, asked, question)
    verdict = evaluate([policy], _request(asked, scope))
    return Answer(verdict.is_allowed, verdict.sentence, question, (*_assumed(scope), *verdict.notes))


def _beside_managed(policy: str, scope: Scope, asked: Asked, question: str) -> Answer:
    """What the managed policies allow comes on top: sure is what the inline one allows, or denies by a statement."""
    verdict = evaluate([policy], _request(asked, scope)) if policy else None
    if verdict is None or not verdict.by:
        note = "What the managed policies allow is not known here."
        return Answer(is_allowed=False, sentence="Only AWS knows.", question=question, notes=(note,))
    notes = ("A Deny in a managed policy would still win.",) if verdict.is_allowed else ()
    return Answer(verdict.is_allowed, verdict.sentence, question, (*notes, *verdict.notes))


def _bounds(scope: Scope) -> Bounds:
    return scope.bounds if isinstance(scope, BucketScope | SharedScope) else Bounds()


def _assumed(scope: Scope) -> tuple[str, ...]:
    """What the question leaves open, and the bounds of the template ask for."""
    bounds = _bounds(scope)
    address = (f"from {bounds.source_addresses[0]}",) if bounds.source_addresses else ()
    account = (f"of account {bounds.account_id}",) if bounds.account_id else ()
    return (f"Asked {' and '.join((*address, *account))}, over HTTPS.",) if address or account else ()


def _request(asked: Asked, scope: Scope) -> Request:
    """``s3://bucket/key``, ``bucket/key`` or an ARN; for a listing the key is the prefix that is listed."""
    bounds = _bounds(scope)
    source_ip = bounds.source_addresses[0].partition("/")[0] if bounds.source_addresses else ""
    account = {"aws:ResourceAccount": (bounds.account_id,)} if bounds.account_id else {}
    there: dict[str, Any] = {
        "partition": asked.partition,
        "source_ip": source_ip,
        "more": account,
    }
    if asked.object.startswith("arn:"):
        return Request(asked.action, asked.object)
    bucket, _, key = asked.object.removeprefix("s3://").partition("/")
    tag, _, value = (part.strip() for part in asked.tag.partition("="))
    known = BY_NAME.get(asked.action)
    if known is not None and known.on == "bucket":
        return s3_request(asked.action, bucket, prefix=key, **there)
    return s3_request(asked.action, bucket, key, tags={tag: value} if tag else {}, **there)


def _found(asked: Asked) -> dict[str, Any]:
    """AWS's own actions in which every word is found, by access level, and services that are called so."""
    if not asked.find.strip():
        return {}
    levels = by_level(search(asked.find, most=FOUND_MOST))
    return {
        "find": asked.find,
        "found": tuple((level, tuple(_found_row(known, asked.kind) for known in members)) for level, members in levels),
        "services": search_services(asked.find, most=SERVICES_MOST) if asked.kind in ("custom", "managed") else (),
    }


def _found_row(known: KnownAction, kind: str) -> Found:
    return Found(known.name, known.description, _why_not(known, kind))


def _why_not(known: KnownAction, kind: str) -> str:
    """What an editor says before a finding would."""
    risk, is_offered = risk_of(known), known.name in OFFERED.get(kind, (known.name,))
    if known.name.startswith(("iam:", "sts:")):
        return "nothing that Daypass gives can reach IAM or STS"
    if risk and (risk.kind != LASTS or not is_offered):
        return risk.reason
    if known.level == "Permissions management":
        return "it changes who may do what"
    if is_offered:
        return ""
    if kind == "shared":
        return "a partner's tag does not bind it"
    return "it is of AWS's replication, or out of use" if "object" in known.resources else "it reaches beyond a folder"
