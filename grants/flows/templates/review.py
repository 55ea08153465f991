"""One look at a document: what it says, what it would allow, and what speaks against it. Saves nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from grants import queries
from grants.errors import FieldError, FieldErrorsError
from grants.flows.templates.fields import VersionFields, check_fields, fields_of_template, worst_request
from grants.models import Issuer, TemplateVersion, Vendor
from grants.policy.findings import Context, Finding, find
from grants.policy.render import render_policy
from grants.policy.scopes import buckets_of
from grants.policy.sentence import describe_grant
from grants.policy.template import (
    Template,
    as_sent,
    check_rules,
    digest_of,
    document_of,
    read_template,
    scope_of,
    short_key,
)
from grants.values import FederationRequest


@dataclass(frozen=True, slots=True)
class Review:
    """A document whose fields can all stand. ``policy`` has its placeholders; ``request`` is the worst call, if any."""

    template: Template
    document: Mapping[str, Any]
    digest: str
    fields: VersionFields
    issuer: Issuer
    request: FederationRequest | None
    sentence: str
    policy: str
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """They stop publishing."""
        return tuple(finding for finding in self.findings if finding.is_error)

    @property
    def unexplained(self) -> tuple[Finding, ...]:
        """Warnings for which nobody has written a reason."""
        found = [finding for finding in self.findings if not finding.is_error]
        return tuple(finding for finding in found if finding.code not in self.template.accepted)

    @property
    def accepted(self) -> list[dict[str, str]]:
        """The warnings that stand, each with its reason, as the version keeps them."""
        rows = [(finding, self.template.accepted.get(finding.code, "")) for finding in self.findings]
        return [
            {"code": finding.code, "sentence": finding.sentence, "reason": reason}
            for finding, reason in rows
            if not finding.is_error
        ]


def review_document(document: object) -> Review:
    """Read and look at it from every side. Raises FieldErrorsError, each error at its field."""
    template = read_template(document)
    issuer = Issuer.objects.filter(name=template.issuer, is_active=True).first()
    errors = [] if issuer else [FieldError("issuer", "There is no active issuer of that name.")]
    errors += _unknown_vendors(template)
    if errors or issuer is None:
        raise FieldErrorsError(errors)
    template = replace(template, kms_key=short_key(template.kms_key, issuer.ref))
    scope = scope_of(template, issuer.ref, mfa_serial=issuer.mfa_serial, digests=queries.sendable_policies(issuer))
    fields = fields_of_template(template, scope, issuer.pk)
    try:
        check_fields(fields, issuer)
        request = worst_request(fields)
    except FieldError as error:
        raise FieldErrorsError([error]) from None
    canonical = document_of(template)
    return Review(
        template=template,
        document=canonical,
        digest=digest_of(canonical),
        fields=fields,
        issuer=issuer,
        request=request,
        sentence=describe_grant(fields.scope, fields.max_seconds),
        policy=render_policy(fields.scope),
        findings=_findings(template, fields, issuer, request),
    )


def findings_in(document: Mapping[str, Any]) -> tuple[Finding, ...]:
    """What speaks against a policy that somebody wrote, where the document as a whole cannot stand yet."""
    policy, arns = document.get("policy"), document.get("policies")
    if not isinstance(policy, str) or not policy.strip():
        return ()
    known = tuple(arn for arn in arns if isinstance(arn, str)) if isinstance(arns, list | tuple) else ()
    return find(as_sent(policy.strip()), context=Context(policy_arns=known))


def findings_today(version: TemplateVersion) -> tuple[Finding, ...]:
    """What speaks against a published version by the list and the rules of today, and was not accepted with it.

    AWS's list grows, and so do our rules: what was fine when it was published need not be now.
    """
    template = queries.template_of(version)
    fields = fields_of_template(template, version.scope, version.issuer_id)
    found = _findings(template, fields, version.issuer, worst_request(fields))
    return tuple(finding for finding in found if finding.is_error or finding.code not in template.accepted)


def _unknown_vendors(template: Template) -> list[FieldError]:
    known = set(Vendor.objects.filter(slug__in=template.vendors).values_list("slug", flat=True))
    missing = [slug for slug in template.vendors if slug not in known]
    return [FieldError("vendors", f"There is no vendor “{missing[0]}” in the register.")] if missing else []


def _findings(
    template: Template, fields: VersionFields, issuer: Issuer, request: FederationRequest | None
) -> tuple[Finding, ...]:
    """On the policy as it would be sent at its longest, and on the rules of use."""
    found: list[Finding] = []
    if request and request.policy:
        context = Context(
            partition=issuer.partition,
            buckets=buckets_of(fields.scope),
            policy_arns=request.policy_arns,
            is_federated=issuer.ref.kind == "user",
        )
        found += find(request.policy, context=context)
    return (*found, *check_rules(template, fields.scope))
