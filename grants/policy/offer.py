"""What a template version offers, by value, and the snapshot that one person's asking makes of it."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from grants.policy.placeholders import Filling, fill_scope, fill_tags
from grants.policy.render import render_policy
from grants.policy.scopes import Scope, policy_arns_of, scope_from_json, scope_to_json
from grants.policy.snapshot import Snapshot
from grants.values import IssuerRef


@dataclass(frozen=True, slots=True)
class Offer:
    """All of a version that decides a grant. ``scope`` and ``tags`` keep their placeholders; pairs are sorted."""

    template: str
    slug: str
    version: str
    scope: Scope
    tags: tuple[tuple[str, str], ...]
    issuer: IssuerRef
    mint: str
    pickup_check: str
    link_seconds: int
    signers: tuple[tuple[str, int], ...]
    approval_seconds: int
    needs_passkey: bool
    ticket_pattern: str
    folder_pattern: str

    def takes(self, *, ticket: str, folder: str) -> bool:
        """Whether ticket and folder are of the form that the template wants; without one there is no folder."""
        pairs = ((self.ticket_pattern, ticket), (self.folder_pattern, folder))
        return all(re.fullmatch(pattern, text, re.ASCII) for pattern, text in pairs if pattern) and (
            not folder or bool(self.folder_pattern)
        )


@dataclass(frozen=True, slots=True)
class Asking:
    """One request by value; ``starts_at`` is ISO 8601, or "" for at once."""

    reference: str
    vendor: str
    requester: str
    requester_id: str
    recipient: str
    recipient_person: str
    seconds: int
    ticket: str = ""
    folder: str = ""
    starts_at: str = ""


def make_snapshot(offer: Offer, asking: Asking) -> Snapshot:
    """What is signed for ``asking``. FieldError at ticket, folder or template, where a value does not fit."""
    filling = Filling(
        {
            "grant": asking.reference,
            "vendor": asking.vendor,
            "contractor.email": asking.recipient,
            "ticket": asking.ticket,
            "folder": asking.folder,
        }
    )
    scope = fill_scope(offer.scope, filling)
    tags = {
        **fill_tags(dict(offer.tags), filling),
        "daypass:grant": asking.reference,
        "daypass:vendor": asking.vendor,
        "daypass:template": offer.slug,
        "daypass:requester": asking.requester_id,
    }
    return Snapshot(
        reference=asking.reference,
        template=offer.template,
        template_version=offer.version,
        vendor=asking.vendor,
        recipient=asking.recipient,
        recipient_person=asking.recipient_person,
        scope=scope,
        policy=render_policy(scope),
        policy_arns=policy_arns_of(scope),
        tags=tuple(sorted(tags.items())),
        seconds=asking.seconds,
        issuer=offer.issuer,
        mint=offer.mint,
        pickup_check=offer.pickup_check,
        link_seconds=offer.link_seconds,
        approver_groups=tuple(group for group, _ in offer.signers),
        approval_seconds=offer.approval_seconds,
        requester=asking.requester,
        starts_at=asking.starts_at,
        signers=offer.signers,
        needs_passkey=offer.needs_passkey,
    )


def offer_to_json(offer: Offer) -> dict[str, Any]:
    """As plain values, for canonical JSON."""
    return {**asdict(offer), "scope": scope_to_json(offer.scope)}


def offer_from_json(document: dict[str, Any]) -> Offer:
    """Read back what ``offer_to_json`` wrote."""
    pairs = {name: tuple((key, value) for key, value in document[name]) for name in ("tags", "signers")}
    rest = {"scope": scope_from_json(document["scope"]), "issuer": IssuerRef(**document["issuer"])}
    return Offer(**{**document, **pairs, **rest})
