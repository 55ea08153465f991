"""A template admin publishes a new, immutable version of a bucket template."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from grants import audit, permissions, policies
from grants.errors import FieldError, NotFoundError
from grants.models import GrantTemplate, Issuer, TemplateVersion, User, Vendor
from grants.models.template import Kind
from grants.policy import limits
from grants.policy.actions import BY_NAME
from grants.policy.render import BucketScope, render_policy
from grants.policy.sentence import describe_grant
from grants.policy.ticket import check_ticket_pattern
from grants.values import QUARTER, SECONDS_MAX, SECONDS_MIN, FederationRequest

OWN_TAGS = {
    "daypass:grant": "x" * 10,
    "daypass:vendor": "x" * 60,
    "daypass:template": "x" * 60,
    "daypass:requester": "x" * 36,
}


@dataclass(frozen=True, slots=True)
class VersionFields:
    """What an admin may choose for a bucket template; seconds are quarter hours."""

    description: str
    issuer_id: uuid.UUID
    bucket: str
    prefix: str
    actions: tuple[str, ...]
    tags: dict[str, str]
    min_seconds: int
    default_seconds: int
    max_seconds: int
    approver_groups: tuple[str, ...]
    ticket_pattern: str
    ticket_hint: str
    link_seconds: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a version would allow: the sentence people sign, and the policy STS would get."""

    sentence: str
    policy: str


def preview_version(*, by: User, fields: VersionFields) -> Preview:
    """Check every field against AWS's limits and say what it would allow; saves nothing. Raises FieldError."""
    permissions.check_template_admin(by)
    issuer = _check(fields)
    scope = _scope(fields, issuer)
    return Preview(sentence=describe_grant(scope, fields.max_seconds), policy=render_policy(scope))


def publish_version(
    *,
    by: User,
    template_id: uuid.UUID | None,
    name: str,
    vendor_ids: tuple[uuid.UUID, ...],
    fields: VersionFields,
    now: datetime,
) -> TemplateVersion:
    """Publish the next version of a template, or the first of a new one; FieldError names the wrong field."""
    permissions.check_template_admin(by)
    _check(fields)
    with transaction.atomic():
        template = _template(template_id, name)
        template.vendors.set(Vendor.objects.filter(pk__in=vendor_ids))
        newest = template.versions.aggregate(newest=Max("number"))["newest"] or 0
        version = TemplateVersion.objects.create(
            template=template,
            number=newest + 1,
            kind=Kind.BUCKET,
            published_at=now,
            published_by=by,
            **{**asdict(fields), "actions": list(fields.actions), "approver_groups": list(fields.approver_groups)},
        )
        audit.record_event(
            kind="template.published",
            subject=template.slug,
            actor=audit.actor_of(by),
            facts={
                "version": version.number,
                "bucket": fields.bucket,
                "prefix": fields.prefix,
                "actions": list(fields.actions),
                "max_seconds": fields.max_seconds,
                "approver_groups": list(fields.approver_groups),
                "vendors": [str(pk) for pk in vendor_ids],
            },
        )
    return version


def _template(template_id: uuid.UUID | None, name: str) -> GrantTemplate:
    if template_id is not None:
        template = GrantTemplate.objects.select_for_update().filter(pk=template_id, retired_at=None).first()
        if template is None:
            raise NotFoundError
        return template
    slug = slugify(name)[:60]
    if not slug:
        raise FieldError("name", "Give the template a name with letters or digits.")
    if GrantTemplate.objects.filter(slug=slug).exists() or GrantTemplate.objects.filter(name=name).exists():
        raise FieldError("name", "There is a template of that name already. Edit it, or choose another name.")
    return GrantTemplate.objects.create(name=name, slug=slug)


def _check(fields: VersionFields) -> Issuer:
    issuer = Issuer.objects.filter(pk=fields.issuer_id, is_active=True).first()
    if issuer is None:
        raise FieldError("issuer", "Choose an active issuer.")
    limits.check_bucket_name(fields.bucket)
    limits.check_prefix(fields.prefix)
    _check_actions(fields.actions)
    _check_hours(fields)
    policies.check_issuer_seconds(issuer, fields.max_seconds)
    if fields.ticket_pattern:
        check_ticket_pattern(fields.ticket_pattern)
    if not fields.approver_groups:
        raise FieldError("approver_groups", "Choose who must sign.")
    limits.check_federation_request(
        FederationRequest(
            name="dp-0000000000-99",
            policy=render_policy(_scope(fields, issuer)),
            policy_arns=(),
            tags=tuple(sorted({**fields.tags, **OWN_TAGS}.items())),
            seconds=fields.max_seconds,
        )
    )
    return issuer


def _check_actions(actions: tuple[str, ...]) -> None:
    if not actions or not set(actions) <= set(BY_NAME):
        raise FieldError("actions", "Choose at least one of the listed actions.")


def _check_hours(fields: VersionFields) -> None:
    for name in ("min_seconds", "default_seconds", "max_seconds"):
        seconds = getattr(fields, name)
        if seconds % QUARTER or not SECONDS_MIN <= seconds <= SECONDS_MAX:
            raise FieldError(name, "Choose between 15 minutes and 36 hours, in quarter hours.")
    if not fields.min_seconds <= fields.default_seconds <= fields.max_seconds:
        raise FieldError("default_seconds", "The usual time lies between the shortest and the longest.")


def _scope(fields: VersionFields, issuer: Issuer) -> BucketScope:
    return BucketScope(
        partition=issuer.partition, bucket=fields.bucket, prefix=fields.prefix, actions=tuple(fields.actions)
    )
