"""Templates as their admins read them: drafts, versions, tests, and what a retirement leaves alive."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from grants import permissions
from grants.errors import NotFoundError
from grants.lifecycle import FINAL, State
from grants.models import Grant, GrantTemplate, Issuer, TemplateDraft, TemplateTest, TemplateVersion, User
from grants.models.attempt import Outcome
from grants.models.issuer_policy import ALLOWED
from grants.policy.scopes import BucketScope, CustomScope, ManagedScope, SharedScope
from grants.policy.template import Template, short_key
from grants.policy.template.shapes import laid_out
from grants.policy.template.size import BASE
from grants.policy.template.value import HOUR

WAITS_MOST: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One template as far as it exists: its row, its draft, or both. ``versions`` are newest first."""

    slug: str
    name: str
    template: GrantTemplate | None
    draft: TemplateDraft | None
    versions: tuple[TemplateVersion, ...]

    @property
    def newest(self) -> TemplateVersion | None:
        """The version that is asked for now."""
        return self.versions[0] if self.versions else None

    @property
    def is_retired(self) -> bool:
        """Nobody can ask for it any more."""
        return self.template is not None and self.template.retired_at is not None


def shelves(by: User) -> list[Shelf]:
    """Every template and every draft, by name."""
    permissions.check_template_admin(by)
    drafts = {draft.slug: draft for draft in _drafts()}
    found = [_shelf(template, drafts.pop(template.slug, None)) for template in _templates()]
    found += [Shelf(draft.slug, draft.name, None, draft, ()) for draft in drafts.values()]
    return sorted(found, key=lambda shelf: shelf.name.casefold())


def shelf_of(by: User, slug: str) -> Shelf:
    """One of them, or NotFoundError."""
    permissions.check_template_admin(by)
    template = _templates().filter(slug=slug).first()
    draft = _drafts().filter(slug=slug).first()
    if template is not None:
        return _shelf(template, draft)
    if draft is None:
        raise NotFoundError
    return Shelf(slug, draft.name, None, draft, ())


def _shelf(template: GrantTemplate, draft: TemplateDraft | None) -> Shelf:
    return Shelf(template.slug, template.name, template, draft, tuple(template.versions.all()))


def _templates() -> "QuerySet[GrantTemplate]":
    versions = TemplateVersion.objects.select_related("issuer", "published_by", "confirmed_by", "test__attempt")
    rows = GrantTemplate.objects.select_related("retired_by").prefetch_related("vendors")
    return rows.prefetch_related(Prefetch("versions", queryset=versions.order_by("-number")))


def _drafts() -> "QuerySet[TemplateDraft]":
    return TemplateDraft.objects.select_related("editor", "publication_asked_by")


def newest_test(digest: str) -> TemplateTest | None:
    """The last time that somebody asked STS about exactly this document."""
    rows = TemplateTest.objects.filter(digest=digest).select_related("attempt", "asked_by")
    return rows.order_by("-asked_at").first()


def passed_test(digest: str) -> TemplateTest | None:
    """The last of them that STS took."""
    rows = TemplateTest.objects.filter(digest=digest, attempt__outcome=Outcome.DISCARDED)
    return rows.select_related("attempt").order_by("-asked_at").first()


def waiting_tests(now: datetime) -> list[UUID]:
    """Those that no worker has taken; after an hour nobody waits any more."""
    rows = TemplateTest.objects.filter(attempt=None, refusal="", asked_at__gt=now - WAITS_MOST)
    return list(rows.order_by("asked_at").values_list("pk", flat=True)[:100])


def size_base() -> int:
    """What a token has beyond policy and tags, as the last real size tells; a guess until there is one."""
    rows = TemplateTest.objects.filter(attempt__token_size__isnull=False).select_related("attempt")
    last = rows.order_by("-asked_at").first()
    size = last.attempt.token_size if last and last.attempt else None
    return max(size - last.packed_bytes, 0) if last and size else BASE


def sendable_policies(issuer: Issuer) -> Mapping[str, str]:
    """ARN → SHA-256 of the document, for every managed policy that this issuer may send along."""
    read = issuer.policies.filter(ALLOWED).exclude(digest="")
    return dict(read.values_list("arn", "digest"))


def live_grants_of_template(template: GrantTemplate) -> "QuerySet[Grant]":
    """Everything of it that is asked for, on its way or working, soonest end first."""
    over = [state for state in State if state in FINAL]
    rows = Grant.objects.filter(template_version__template=template).exclude(state__in=over)
    return rows.select_related("recipient", "vendor", "template_version").order_by("ends_at", "requested_at")


def newer_version_than(version: TemplateVersion) -> TemplateVersion | None:
    """The newest one, where that is another."""
    rows = TemplateVersion.objects.filter(template_id=version.template_id, number__gt=version.number)
    return rows.order_by("-number").first()


def template_of(version: TemplateVersion) -> Template:
    """A published version as the value that its draft was; reasons included."""
    return Template(
        name=version.template.name,
        kind=version.kind,
        issuer=version.issuer.name,
        description=version.description,
        vendors=tuple(version.vendor_slugs),
        who_asks=tuple(version.who_asks),
        folder_pattern=version.folder_pattern,
        folder_hint=version.folder_hint,
        tags=dict(version.tags),
        min_hours=version.min_seconds / HOUR,
        default_hours=version.default_seconds / HOUR,
        max_hours=version.max_seconds / HOUR,
        consecutive_hours=version.consecutive_seconds / HOUR,
        signers=dict(sorted(version.signers.items())),
        reason_hint=version.reason_hint,
        ticket_pattern=version.ticket_pattern,
        ticket_hint=version.ticket_hint,
        pickup_check=version.pickup_check,
        link_hours=version.link_seconds / HOUR,
        mint=version.mint,
        needs_passkey=version.needs_passkey,
        custodian_group=version.custodian_group,
        accepted={row["code"]: row["reason"] for row in version.accepted if row["reason"]},
        **_access_of(version),
    )


def _access_of(version: TemplateVersion) -> dict[str, Any]:
    scope = version.scope
    match scope:
        case BucketScope() | SharedScope():
            bounds = scope.bounds
            own: dict[str, Any] = {
                "prefix": scope.prefix,
                "actions": scope.actions,
                "source_addresses": bounds.source_addresses,
                "https_only": bounds.https_only,
                "account_id": bounds.account_id,
            }
            if isinstance(scope, BucketScope):
                return {**own, "buckets": scope.buckets, "kms_key": short_key(scope.kms_key, version.issuer.ref)}
            return {**own, "bucket": scope.bucket, "tag_key": scope.tag_key, "tag_value": scope.tag_value}
        case ManagedScope():
            return {"policies": tuple(policy.arn for policy in scope.policies), "policy": laid_out(scope.policy)}
        case CustomScope():
            return {"policy": laid_out(scope.policy)}
        case _:
            return {}
