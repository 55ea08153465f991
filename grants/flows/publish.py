"""A template admin publishes a new, immutable version of a template."""

import dataclasses
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from grants import audit, permissions, policies, queries
from grants.errors import FieldError, NotFoundError
from grants.models import GrantTemplate, Issuer, TemplateVersion, User, Vendor
from grants.models.issuer import IssuerKind
from grants.models.template import Mint, PickupCheck
from grants.policy import limits
from grants.policy.placeholders import WORST, fill_scope, fill_tags, names_in
from grants.policy.render import render_policy
from grants.policy.scope_checks import check_scope, needs_folder, needs_ticket
from grants.policy.scopes import Scope, SessionScope, buckets_of, digests_of, policy_arns_of, scope_to_json
from grants.policy.sentence import describe_grant
from grants.policy.signers import Signers, check_signers
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
    """What an admin may choose; ``scope`` may hold placeholders, seconds are quarter hours."""

    description: str
    issuer_id: uuid.UUID
    scope: Scope
    tags: dict[str, str]
    min_seconds: int
    default_seconds: int
    max_seconds: int
    signers: dict[str, int]
    ticket_pattern: str
    ticket_hint: str
    link_seconds: int
    folder_pattern: str = ""
    folder_hint: str = ""
    pickup_check: str = PickupCheck.REQUESTER_CODE
    mint: str = Mint.ON_APPROVAL
    needs_passkey: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a version would allow: the sentence people sign, and the policy STS would get ("" where none is sent)."""

    sentence: str
    policy: str


def preview_version(*, by: User, fields: VersionFields) -> Preview:
    """Check every field against AWS's limits and say what it would allow; saves nothing. Raises FieldError."""
    permissions.check_template_admin(by)
    _check(fields)
    return Preview(sentence=describe_grant(fields.scope, fields.max_seconds), policy=render_policy(fields.scope))


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
            published_at=now,
            published_by=by,
            **columns_of(fields),
        )
        audit.record_event(
            kind="template.published",
            subject=template.slug,
            actor=audit.actor_of(by),
            facts={
                "version": version.number,
                "kind": fields.scope.kind,
                "sentence": describe_grant(fields.scope, fields.max_seconds),
                "max_seconds": fields.max_seconds,
                "signers": [f"{group}={count}" for group, count in sorted(fields.signers.items())],
                "vendors": [str(pk) for pk in vendor_ids],
            },
        )
    return version


def columns_of(fields: VersionFields) -> dict[str, Any]:
    """A version's columns, as its model takes them."""
    values = {each.name: getattr(fields, each.name) for each in dataclasses.fields(fields) if each.name != "scope"}
    return {
        **values,
        "approver_groups": sorted(fields.signers),
        "kind": fields.scope.kind,
        "access": scope_to_json(fields.scope),
        "buckets": list(buckets_of(fields.scope)),
    }


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


def _check(fields: VersionFields) -> None:
    issuer = Issuer.objects.filter(pk=fields.issuer_id, is_active=True).first()
    if issuer is None:
        raise FieldError("issuer", "Choose an active issuer.")
    if getattr(fields.scope, "partition", issuer.partition) != issuer.partition:
        raise FieldError("issuer", "The issuer is of another partition of AWS than the buckets.")
    _check_session_issuer(fields.scope, issuer)
    check_scope(fields.scope)
    _check_hours(fields)
    policies.check_issuer_seconds(issuer, fields.max_seconds)
    policies.check_managed_allowed(issuer, digests_of(fields.scope))
    _check_patterns(fields)
    check_signers(fields.signers)
    _check_signers_exist(fields.signers)
    for value in fields.tags.values():
        names_in(value)
    if not isinstance(fields.scope, SessionScope):
        limits.check_federation_request(worst_request(fields))


def _check_signers_exist(signers: Signers) -> None:
    """Enough active staff in each group, or nobody could ever be given this."""
    for group, count in signers.items():
        if queries.members_of(group) < count:
            field = "more_signers" if count > 1 else "approver_groups"
            raise FieldError(field, f"There are fewer than {count} active persons in “{group}”.")


def _check_session_issuer(scope: Scope, issuer: Issuer) -> None:
    """GetSessionToken gives a user's own rights, so its users are dedicated: they mint nothing else."""
    is_session = isinstance(scope, SessionScope)
    if is_session != (issuer.kind == IssuerKind.SESSION):
        raise FieldError("issuer", "Sessions are of a dedicated session user, everything else of another issuer.")
    if isinstance(scope, SessionScope) and (scope.user_arn, scope.mfa_serial) != (issuer.user_arn, issuer.mfa_serial):
        raise FieldError("issuer", "A session is one of the issuer's own user, with that user's MFA device.")


def worst_request(fields: VersionFields, *, name: str = "dp-0000000000-99") -> FederationRequest:
    """The largest call that a version can lead to: every placeholder at its longest."""
    scope = fill_scope(fields.scope, WORST)
    return FederationRequest(
        name=name,
        policy=render_policy(scope),
        policy_arns=policy_arns_of(scope),
        tags=tuple(sorted({**fill_tags(fields.tags, WORST), **OWN_TAGS}.items())),
        seconds=fields.max_seconds,
    )


def _check_patterns(fields: VersionFields) -> None:
    """A pattern that ends soon; and what the scope is made of is asked for."""
    if fields.ticket_pattern:
        check_ticket_pattern(fields.ticket_pattern)
    elif needs_ticket(fields.scope):
        raise FieldError("ticket_pattern", "The ticket is part of what is given, so it needs a pattern.")
    if fields.folder_pattern:
        try:
            check_ticket_pattern(fields.folder_pattern)
        except FieldError as error:
            raise FieldError("folder_pattern", error.field_sentence) from None
    elif needs_folder(fields.scope):
        raise FieldError("folder_pattern", "The requester names a folder here, so it needs a pattern.")


def _check_hours(fields: VersionFields) -> None:
    for name in ("min_seconds", "default_seconds", "max_seconds"):
        seconds = getattr(fields, name)
        if seconds % QUARTER or not SECONDS_MIN <= seconds <= SECONDS_MAX:
            raise FieldError(name, "Choose between 15 minutes and 36 hours, in quarter hours.")
    if not fields.min_seconds <= fields.default_seconds <= fields.max_seconds:
        raise FieldError("default_seconds", "The usual time lies between the shortest and the longest.")
