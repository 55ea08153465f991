"""A draft becomes the next immutable version: no error, a reason for every warning, and STS has taken exactly it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from grants import audit, permissions, queries
from grants.errors import (
    DraftChangedError,
    FieldErrorsError,
    FourEyesError,
    NotFoundError,
    NotMeasuredError,
    NotPublishableError,
    WrongStateError,
)
from grants.flows.templates.fields import columns_of
from grants.flows.templates.review import Review, review_document
from grants.models import GrantTemplate, TemplateDraft, TemplateTest, TemplateVersion, User, Vendor
from grants.models.attempt import Outcome

UNREACHABLE: Final = frozenset({Outcome.UNKNOWN, Outcome.FAILED})


@dataclass(frozen=True, slots=True)
class Proof:
    """That STS takes a draft: the test it passed, or the one without an answer that was waived, or none needed."""

    test: TemplateTest | None
    is_waived: bool = False


def publish_now(*, by: User, slug: str, digest: str, now: datetime) -> TemplateVersion:
    """Publish the draft whose digest was read, where one admin's word is enough."""
    permissions.check_template_admin(by)
    if settings.FOUR_EYES_PUBLISHING:
        raise FourEyesError
    with transaction.atomic():
        draft = _draft(slug, digest)
        return _publish(draft, by=by, confirmed_by=None, now=now)


def ask_publication(*, by: User, slug: str, digest: str, now: datetime) -> TemplateDraft:
    """Ask a second admin for the publication of exactly this draft; it must be ready by then already."""
    permissions.check_template_admin(by)
    with transaction.atomic():
        draft = _draft(slug, digest)
        check_ready(review_document(draft.document))
        draft.publication_asked_at, draft.publication_asked_by = now, by
        draft.save(update_fields=["publication_asked_at", "publication_asked_by"])
        audit.record_event(
            kind="template.publication_asked", subject=slug, actor=audit.actor_of(by), facts={"digest": digest}
        )
    return draft


def confirm_publication(*, by: User, slug: str, digest: str, now: datetime) -> TemplateVersion:
    """The second admin publishes: neither who asked nor who wrote the draft last."""
    permissions.check_template_admin(by)
    with transaction.atomic():
        draft = _draft(slug, digest)
        asker = draft.publication_asked_by
        if asker is None:
            raise WrongStateError("nobody asked for its publication")
        if by.person in {asker.person, draft.editor.person if draft.editor else None}:
            raise FourEyesError
        permissions.check_still_here(asker)
        return _publish(draft, by=asker, confirmed_by=by, now=now)


def what_is_missing(review: Review) -> NotPublishableError | None:
    """Why this cannot be published now, or None."""
    try:
        check_ready(review)
    except NotPublishableError as error:
        return error
    return None


def check_ready(review: Review) -> Proof:
    """No finding of an error, a reason for every warning, and STS's word; raises NotPublishableError."""
    if review.errors:
        raise NotPublishableError(review.errors[0].sentence)
    if review.unexplained:
        raise NotPublishableError(f"a warning has no reason: {review.unexplained[0].sentence}")
    return _proof_of(review)


def _proof_of(review: Review) -> Proof:
    if review.request is None:
        return Proof(None)
    if passed := queries.passed_test(review.digest):
        return Proof(passed)
    newest = queries.newest_test(review.digest)
    if settings.TEMPLATE_TEST_WAIVER and _is_unreachable(newest):
        return Proof(newest, is_waived=True)
    raise NotMeasuredError


def _is_unreachable(test: TemplateTest | None) -> bool:
    """STS was asked about exactly this and gave no answer of its own: a refusal is never waived."""
    attempt = test.attempt if test else None
    return attempt is not None and attempt.outcome in UNREACHABLE and attempt.error_code in NO_ANSWER


NO_ANSWER: Final = frozenset({"answer_lost", "sts_answer_lost", "sts_unreachable", "sts_unavailable", "sts_throttled"})


def _draft(slug: str, digest: str) -> TemplateDraft:
    draft = TemplateDraft.objects.select_for_update(of=("self",)).filter(slug=slug).first()
    if draft is None:
        raise NotFoundError
    if draft.digest != digest:
        raise DraftChangedError
    return draft


def _publish(draft: TemplateDraft, *, by: User, confirmed_by: User | None, now: datetime) -> TemplateVersion:
    try:
        review = review_document(draft.document)
    except FieldErrorsError as error:  # an issuer switched off since, a group that emptied
        raise NotPublishableError(error.errors[0].field_sentence) from error
    proof = check_ready(review)
    version = write_version(review, draft.slug, proof, by=by, confirmed_by=confirmed_by, now=now)
    draft.delete()
    return version


def write_version(
    review: Review, slug: str, proof: Proof, *, by: User, confirmed_by: User | None, now: datetime
) -> TemplateVersion:
    """The version and its audit row, in the caller's transaction."""
    template, _ = GrantTemplate.objects.select_for_update().get_or_create(
        slug=slug, defaults={"name": review.template.name}
    )
    if template.retired_at:
        raise NotFoundError
    template.vendors.set(Vendor.objects.filter(slug__in=review.template.vendors))
    newest = template.versions.aggregate(newest=Max("number"))["newest"] or 0
    version = TemplateVersion.objects.create(
        template=template,
        number=newest + 1,
        published_at=now,
        published_by=by,
        confirmed_by=confirmed_by,
        accepted=review.accepted,
        digest=review.digest,
        test=proof.test,
        test_waived=proof.is_waived,
        **columns_of(review.fields),
    )
    audit.record_event(
        kind="template.published",
        subject=slug,
        actor=audit.actor_of(confirmed_by or by),
        facts=_facts(review, version),
    )
    return version


def _facts(review: Review, version: TemplateVersion) -> dict[str, audit.Fact]:
    sized = version.test.attempt if version.test else None
    return {
        "version": version.number,
        "kind": version.kind,
        "digest": review.digest,
        "sentence": review.sentence,
        "max_seconds": version.max_seconds,
        "signers": [f"{group}={count}" for group, count in sorted(version.signers.items())],
        "vendors": list(version.vendor_slugs),
        "published_by": str(version.published_by_id),
        "confirmed_by": str(version.confirmed_by_id) if version.confirmed_by_id else None,
        "accepted": [f"{row['code']}: {row['reason']}" for row in version.accepted],
        "packed_policy_size": sized.packed_policy_size if sized else None,
        "test": _test_words(version),
    }


def _test_words(version: TemplateVersion) -> str:
    tested = version.test.attempt if version.test else None
    if version.test_waived:
        return f"waived: STS gave no answer ({tested.error_code})" if tested else "waived"
    return tested.name if tested else "none needed"
