"""Templates as their admins see them: the list, one template, its meter, and two versions side by side."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from grants import queries
from grants.errors import FieldErrorsError
from grants.flows.templates import Review, findings_today, review_document
from grants.models import Grant, IssueAttempt, TemplateDraft, TemplateTest, TemplateVersion
from grants.models.attempt import Outcome
from grants.policy.render import render_policy
from grants.policy.sentence import describe_grant, describe_seconds
from grants.policy.signers import describe_signers
from grants.policy.template import Change, Line, Template, changes_between, lines_between
from grants.policy.template.fields import WORDS, fields_of
from grants.policy.template.size import AMBER, estimated_percent, packed_bytes
from grants.presenters.words import StateWords, left_in_words, state_words
from grants.queries import Shelf

ELSEWHERE: Final = frozenset({"Name", "Policy", "Warnings accepted"})  # each stands on the page by itself


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """One template in the list."""

    slug: str
    name: str
    kind: str
    sentence: str
    longest: str
    groups: str
    vendors: str
    version: int
    draft: str
    is_retired: bool
    findings: int


@dataclass(frozen=True, slots=True)
class Meter:
    """How full a session token is. ``percent`` None: STS has not said. ``tone`` is good, wait, bad or none."""

    words: str
    tone: str
    percent: int | None = None
    detail: str = ""
    is_running: bool = False
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One published version."""

    number: int
    at: datetime
    by: str
    confirmed_by: str
    size: str
    waived: str
    sentence: str
    accepted: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LiveRow:
    """A grant that a retirement leaves as it is."""

    reference: str
    recipient: str
    vendor: str
    version: int
    state: StateWords
    left: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two wordings. ``is_same`` where nothing does."""

    before: str
    after: str
    changes: tuple[Change, ...]
    lines: tuple[Line, ...]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not self.changes and not self.lines


def shelf_rows(shelves: Iterable[Shelf]) -> tuple[list[ShelfRow], list[ShelfRow]]:
    """Those in use, and those that are retired."""
    rows = [_shelf_row(shelf) for shelf in shelves]
    return [row for row in rows if not row.is_retired], [row for row in rows if row.is_retired]


def _shelf_row(shelf: Shelf) -> ShelfRow:
    newest, draft = shelf.newest, shelf.draft
    kind = newest.kind if newest else str(draft.document["kind"]) if draft else ""
    return ShelfRow(
        slug=shelf.slug,
        name=shelf.name,
        kind=WORDS.get(kind, kind),
        sentence=describe_grant(newest.scope, newest.max_seconds) if newest else "",
        longest=describe_seconds(newest.max_seconds) if newest else "",
        groups=describe_signers(newest.signers) if newest else "",
        vendors=", ".join(vendor.name for vendor in shelf.template.vendors.all()) if shelf.template else "",
        version=newest.number if newest else 0,
        draft=_draft_words(draft),
        is_retired=shelf.is_retired,
        findings=len(findings_today(newest)) if newest and not shelf.is_retired else 0,
    )


def _draft_words(draft: TemplateDraft | None) -> str:
    if draft is None:
        return ""
    return "waits for a second admin" if draft.publication_asked_at else "draft"


def meter_of(test: TemplateTest | None, *, needs_test: bool) -> Meter:
    """What STS said about exactly this draft."""
    if not needs_test:
        return Meter("A session carries no policy, so there is nothing to measure.", "")
    if test is None:
        return Meter("STS has not been asked about this draft yet.", "wait")
    if test.refusal:
        return Meter("No call was made.", "bad", detail=test.refusal, asked_at=test.asked_at)
    if test.attempt is None:
        words = "Waiting for the worker that holds the issuer's keys."
        return Meter(words, "wait", is_running=True, asked_at=test.asked_at)
    return _said_by_sts(test.attempt, test.asked_at)


def _said_by_sts(attempt: IssueAttempt, asked_at: datetime) -> Meter:
    if attempt.outcome == Outcome.PENDING:
        return Meter("STS is being asked.", "wait", is_running=True, asked_at=asked_at)
    if attempt.outcome == Outcome.DISCARDED:
        percent = attempt.packed_policy_size if attempt.packed_policy_size is not None else attempt.token_utilization
        if percent is None:
            return Meter("STS takes this draft, and sent no size.", "good", detail=_sizes(attempt), asked_at=asked_at)
        is_tight = percent >= AMBER
        words = f"STS takes this draft. It fills {percent} % of what a session can carry"
        words += "; little more will fit." if is_tight else "."
        return Meter(words, "wait" if is_tight else "good", percent, _sizes(attempt), asked_at=asked_at)
    detail = f"{attempt.error_code}: {attempt.error_detail}".strip(": ")
    if attempt.outcome == Outcome.UNKNOWN:
        return Meter("The answer of STS did not arrive. Ask again.", "bad", detail=detail, asked_at=asked_at)
    return Meter("STS refused this draft.", "bad", detail=detail, asked_at=asked_at)


def _sizes(attempt: IssueAttempt) -> str:
    """The three sizes as STS sent them; one that it did not send is said to be missing, and is not 0."""
    rows = (
        ("packed policy", attempt.packed_policy_size, " %"),
        ("session token", attempt.token_utilization, " %"),
        ("session token", attempt.token_size, " of 4,096 bytes"),
    )
    said = "; ".join(f"{name} {'not sent' if value is None else f'{value:,}{unit}'}" for name, value, unit in rows)
    return f"{said} ({attempt.name})"


def estimate_of(review: Review) -> int | None:
    """Percent, by guess; None where nothing is sent."""
    return estimated_percent(packed_bytes(review.request), queries.size_base()) if review.request else None


def version_rows(shelf: Shelf) -> list[VersionRow]:
    """Newest first."""
    return [_version_row(version) for version in shelf.versions]


def _version_row(version: TemplateVersion) -> VersionRow:
    return VersionRow(
        number=version.number,
        at=version.published_at,
        by=str(version.published_by),
        confirmed_by=str(version.confirmed_by) if version.confirmed_by else "",
        size=_size_of(version),
        waived=_waived_of(version),
        sentence=describe_grant(version.scope, version.max_seconds),
        accepted=tuple((row["sentence"], row["reason"]) for row in version.accepted),
    )


def _size_of(version: TemplateVersion) -> str:
    attempt = version.test.attempt if version.test else None
    if attempt is not None and attempt.packed_policy_size is not None:
        return f"{attempt.packed_policy_size}\N{NO-BREAK SPACE}%"
    return ""


def _waived_of(version: TemplateVersion) -> str:
    """By whom a test was waived, and why that was possible."""
    if not version.test_waived:
        return ""
    attempt = version.test.attempt if version.test else None
    why = f"STS gave no answer ({attempt.error_code})" if attempt else "STS could not be asked"
    return f"test waived by {version.confirmed_by or version.published_by}: {why}"


def live_rows(grants: Iterable[Grant], now: datetime) -> list[LiveRow]:
    """Soonest end first."""
    return [
        LiveRow(
            reference=grant.reference,
            recipient=grant.recipient.email,
            vendor=grant.vendor.name,
            version=grant.template_version.number,
            state=state_words(grant.state),
            left=left_in_words(grant.ends_at, now) if grant.ends_at else "",
        )
        for grant in grants
    ]


def sides_of(shelf: Shelf) -> list[tuple[str, str]]:
    """What can be compared: (value, words), the draft first."""
    drafts = [("draft", "the draft")] if shelf.draft else []
    return drafts + [(str(version.number), f"version {version.number}") for version in shelf.versions]


def compare_sides(shelf: Shelf, before: str, after: str) -> Comparison | None:
    """Two of them side by side; None where one of them is none."""
    old, new = _side(shelf, before), _side(shelf, after)
    words = dict(sides_of(shelf))
    if old is None or new is None:
        return None
    changes = changes_between(old[0], new[0])
    return Comparison(words[before], words[after], changes, lines_between(old[1], new[1]))


def _side(shelf: Shelf, which: str) -> tuple[Template, str] | None:
    """A wording and its policy as sent."""
    if which == "draft" and shelf.draft:
        try:
            review = review_document(shelf.draft.document)
        except FieldErrorsError:
            return None
        return _named(review.template), review.policy
    version = next((version for version in shelf.versions if str(version.number) == which), None)
    return (_named(queries.template_of(version)), render_policy(version.scope)) if version else None


def said(template: Template) -> list[tuple[str, str]]:
    """Every field that says something, in words; a policy is shown by itself."""
    named = _named(template)
    rows = [(field.label, field.say(getattr(named, field.name))) for field in fields_of(template.kind)]
    return [(label, words) for label, words in rows if words and label not in ELSEWHERE]


def _named(template: Template) -> Template:
    """With its vendors as people call them, where a document has their short names."""
    names = queries.vendor_names(template.vendors)
    return replace(template, vendors=tuple(names.get(slug, slug) for slug in template.vendors))
