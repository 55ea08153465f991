"""A version's fields once issuer and vendors are known, each checked against what AWS takes."""

import dataclasses
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from grants import policies, queries
from grants.errors import FieldError
from grants.models import Issuer
from grants.models.issuer import IssuerKind
from grants.models.template import Mint, PickupCheck
from grants.policy import limits
from grants.policy.placeholders import WORST, fill_scope, fill_tags, names_in
from grants.policy.render import render_policy
from grants.policy.scope_checks import check_scope, needs_folder, needs_ticket
from grants.policy.scopes import Scope, SessionScope, buckets_of, digests_of, policy_arns_of, scope_to_json
from grants.policy.signers import Signers
from grants.policy.template import Template
from grants.policy.template.value import WHO_ASKS, seconds_of
from grants.values import FederationRequest

OWN_TAGS: Final = {
    "daypass:grant": "x" * 10,
    "daypass:vendor": "x" * 60,
    "daypass:template": "x" * 60,
    "daypass:requester": "x" * 36,
}

# A check speaks of AWS's names; these are the editor's.
LONG: Final = {"policy": "prefix", "policy_arns": "prefix"}  # what makes a policy long that nobody typed
WHOLE: Final = {
    "bucket": LONG,
    "shared": LONG,
    "managed": {"policy_arns": "policies"},
    "custom": {"policy_arns": "policy"},
}
CALLED: Final = {**WHOLE, "shared": {"buckets": "bucket", "tags": "tag_key"}}


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
    vendor_slugs: tuple[str, ...] = ()
    who_asks: tuple[str, ...] = WHO_ASKS
    consecutive_seconds: int = 0
    reason_hint: str = ""
    needs_passkey: bool = False
    custodian_group: str = ""


def fields_of_template(template: Template, scope: Scope, issuer_id: uuid.UUID) -> VersionFields:
    """A template's choices as a version has them, once its issuer has said what they open."""
    return VersionFields(
        description=template.description,
        issuer_id=issuer_id,
        scope=scope,
        tags=dict(template.tags),
        min_seconds=seconds_of(template.min_hours),
        default_seconds=seconds_of(template.default_hours),
        max_seconds=seconds_of(template.max_hours),
        signers=dict(template.signers),
        ticket_pattern=template.ticket_pattern,
        ticket_hint=template.ticket_hint,
        link_seconds=seconds_of(template.link_hours),
        folder_pattern=template.folder_pattern,
        folder_hint=template.folder_hint,
        pickup_check=template.pickup_check,
        mint=template.mint,
        vendor_slugs=template.vendors,
        who_asks=template.who_asks,
        consecutive_seconds=seconds_of(template.consecutive_hours),
        reason_hint=template.reason_hint,
        needs_passkey=template.needs_passkey,
        custodian_group=template.custodian_group,
    )


def columns_of(fields: VersionFields) -> dict[str, Any]:
    """A version's columns, as its model takes them."""
    values = {each.name: getattr(fields, each.name) for each in dataclasses.fields(fields) if each.name != "scope"}
    return {
        **{name: list(value) if isinstance(value, tuple) else value for name, value in values.items()},
        "approver_groups": sorted(fields.signers),
        "kind": fields.scope.kind,
        "access": scope_to_json(fields.scope),
        "buckets": list(buckets_of(fields.scope)),
    }


def worst_request(fields: VersionFields, *, name: str = "dp-0000000000-99") -> FederationRequest | None:
    """The largest call that a version can lead to: every placeholder at its longest. None: a session sends nothing."""
    if isinstance(fields.scope, SessionScope):
        return None
    scope = fill_scope(fields.scope, WORST)
    return FederationRequest(
        name=name,
        policy=render_policy(scope),
        policy_arns=policy_arns_of(scope),
        tags=tuple(sorted({**fill_tags(fields.tags, WORST), **OWN_TAGS}.items())),
        seconds=fields.max_seconds,
    )


def check_fields(fields: VersionFields, issuer: Issuer) -> None:
    """Raise FieldError at the editor's field for the first thing that AWS, or the rules of use, do not take."""
    _check_issuer(fields.scope, issuer)
    check_alone(fields)
    with _called({"max_seconds": "max_hours"}):
        policies.check_issuer_seconds(issuer, fields.max_seconds)
    policies.check_managed_allowed(issuer, digests_of(fields.scope))
    _check_signers_exist(fields.signers)


def check_alone(fields: VersionFields) -> None:
    """What can be said without the issuer, the people and the lists of this company."""
    with _called(CALLED.get(fields.scope.kind, {})):
        check_scope(fields.scope)
    _check_patterns(fields)
    with _called({"placeholder": "tags"}):
        for value in fields.tags.values():
            names_in(value)
    if request := worst_request(fields):
        with _called(WHOLE.get(fields.scope.kind, {})):
            limits.check_federation_request(request)


@contextmanager
def _called(fields: dict[str, str]) -> Iterator[None]:
    """Check's name → the editor's: put in its place."""
    try:
        yield
    except FieldError as error:
        raise FieldError(fields.get(error.field, error.field), error.field_sentence) from None


def _check_issuer(scope: Scope, issuer: Issuer) -> None:
    """GetSessionToken gives a user's own rights, so its users are dedicated: they mint nothing else."""
    if isinstance(scope, SessionScope) != (issuer.kind == IssuerKind.SESSION):
        raise FieldError("issuer", "Sessions are of a dedicated session user, everything else of another issuer.")


def _check_signers_exist(signers: Signers) -> None:
    """Enough active staff in each group, or nobody could ever be given this."""
    for group, count in signers.items():
        if (found := queries.members_of(group)) < count:
            who = "Nobody active is" if not found else f"Only {found} of the {count} persons who must sign are"
            raise FieldError("signers", f"{who} in “{group}”, so that it could never be given.")


def _check_patterns(fields: VersionFields) -> None:
    """What the scope is made of is asked for."""
    if needs_ticket(fields.scope) and not fields.ticket_pattern:
        raise FieldError("ticket_pattern", "The ticket is part of what is given, so it needs a pattern.")
    if needs_folder(fields.scope) and not fields.folder_pattern:
        raise FieldError("folder_pattern", "The requester names a folder here, so it needs a pattern.")
