"""Test with STS: one real call of 900 seconds with the longest values of a draft; what it mints is dropped."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from grants import audit, dispatch, permissions, policies, queries
from grants.errors import FieldErrorsError, GrantError, NotFoundError, NothingToMeasureError, StsError
from grants.flows.templates.review import review_document
from grants.gateways import sts
from grants.models import IssueAttempt, Issuer, TemplateDraft, TemplateTest, User
from grants.models.attempt import Outcome, Purpose, handle_of
from grants.policy.template.size import packed_bytes
from grants.values import SECONDS_MIN, FederationRequest, by_kind, new_reference


def ask_test(*, by: User, slug: str, digest: str, now: datetime) -> TemplateTest:
    """Queue a test of the draft whose digest was read; one that waits already is the answer."""
    permissions.check_template_admin(by)
    draft = TemplateDraft.objects.filter(slug=slug, digest=digest).first()
    if draft is None:
        raise NotFoundError
    review = review_document(draft.document)
    if review.request is None:
        raise NothingToMeasureError
    with transaction.atomic():
        test, is_new = TemplateTest.objects.get_or_create(
            digest=digest,
            attempt=None,
            refusal="",
            defaults={
                "slug": slug,
                "document": draft.document,
                "packed_bytes": packed_bytes(review.request),
                "asked_at": now,
                "asked_by": by,
            },
        )
        if is_new:
            audit.record_event(
                kind="template.test_asked", subject=slug, actor=audit.actor_of(by), facts={"digest": digest}
            )
        dispatch.ring_after_commit(dispatch.TEST_TEMPLATE, test.pk)
    return test


@dataclass(frozen=True, slots=True)
class _Begun:
    """The attempt on record, and what STS will be asked."""

    slug: str
    issuer: Issuer
    attempt: IssueAttempt
    request: FederationRequest


def measure(*, test_id: UUID, clock: Callable[[], datetime]) -> None:
    """Ask STS, keep the sizes or the refusal, and drop the credentials where they came in: unsealed and unstored.

    Does nothing for a test that somebody else has taken, or while the database is fenced.
    """
    begun = _begin(test_id, clock())
    if begun is None:
        return
    try:
        minted = sts.mint(issuer=begun.issuer.ref, request=by_kind(begun.issuer.ref, begun.request))
    except GrantError as error:
        _end(begun, clock(), _refused(error))
    else:
        _end(begun, clock(), {"outcome": Outcome.DISCARDED, **handle_of(minted)})


def _begin(test_id: UUID, now: datetime) -> _Begun | None:
    """The first commit: attempt and audit row, before STS hears of it."""
    with transaction.atomic():
        rows = TemplateTest.objects.select_for_update(skip_locked=True)
        test = rows.filter(pk=test_id, attempt=None, refusal="").first()
        if test is None or queries.is_fenced():
            return None
        try:
            review = review_document(test.document)
        except FieldErrorsError as error:
            _refuse(test, error.errors[0].field_sentence)
            return None
        if review.request is None:
            _refuse(test, NothingToMeasureError.sentence)
            return None
        name = f"dry-{new_reference()}-1"
        attempt = IssueAttempt.objects.create(
            issuer=review.issuer,
            purpose=Purpose.DRY_RUN,
            number=1,
            name=name,
            snapshot_hash=test.digest,
            seconds=SECONDS_MIN,
            started_at=now,
            lease_until=now + policies.LEASE,
        )
        test.attempt = attempt
        test.save(update_fields=["attempt"])
        _record("template.test_began", test.slug, {"attempt": name, "digest": test.digest})
    return _Begun(test.slug, review.issuer, attempt, replace(review.request, name=name, seconds=SECONDS_MIN))


def _refuse(test: TemplateTest, sentence: str) -> None:
    test.refusal = sentence[:300]
    test.save(update_fields=["refusal"])
    _record("template.test_refused", test.slug, {"digest": test.digest, "why": test.refusal})


def _end(begun: _Begun, now: datetime, values: dict[str, object]) -> None:
    """The second commit."""
    with transaction.atomic():
        pending = IssueAttempt.objects.filter(pk=begun.attempt.pk, outcome=Outcome.PENDING)
        if not pending.update(finished_at=now, **values):
            return
        facts = {name: values.get(name) for name in ("outcome", "error_code", "packed_policy_size", "token_size")}
        shown = {name: value if isinstance(value, int) else str(value or "") for name, value in facts.items()}
        _record("template.test_ended", begun.slug, {"attempt": begun.attempt.name, **shown})


def _refused(error: GrantError) -> dict[str, object]:
    is_lost = isinstance(error, StsError) and error.may_have_minted
    return {
        "outcome": Outcome.UNKNOWN if is_lost else Outcome.FAILED,
        "error_code": error.code,
        "error_detail": error.detail[:500],
    }


def _record(kind: str, slug: str, facts: dict[str, audit.Fact]) -> None:
    audit.record_event(kind=kind, subject=slug, actor=audit.ISSUE_WORKER, facts=facts)
