"""A contractor asks for access, or a sponsor on their behalf."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NotRequired, TypedDict, Unpack

from django.db import transaction

from grants import audit, ledger, permissions, policies, queries
from grants.errors import FieldError, NotAllowedError, NotFoundError
from grants.flows.request.in_advance import Fit, decide_in_advance, fit_of
from grants.gateways import sealing
from grants.models import Grant, GrantTemplate, TemplateVersion, User
from grants.models.person import NOBODY
from grants.models.template import Kind, PickupCheck
from grants.policy.offer import Asking, make_snapshot
from grants.policy.snapshot import Snapshot, hash_of, to_canonical
from grants.values import new_code, new_reference

REASON_LENGTH: Final = 1000


class Asked(TypedDict):
    """What a requester answers, as ``draft_request`` takes it."""

    seconds: int
    reason: str
    ticket: str
    folder: NotRequired[str]
    starts_at: NotRequired[datetime | None]
    recipient: NotRequired[User | None]
    previous: NotRequired[Grant | None]


@dataclass(frozen=True, slots=True)
class Draft:
    """A request that holds every rule but is not saved: what the check-answers page shows.

    ``fit`` says whether a pre-approved window would decide it at once, or why one that is open would not.
    """

    version: TemplateVersion
    asking: Asking
    snapshot: Snapshot
    fit: Fit
    reason: str
    recipient: User
    contract_ends_at: datetime
    starts_at: datetime | None = None
    previous: Grant | None = None

    @property
    def sentence(self) -> str:
        """What is asked for, in the sentence that is signed."""
        return self.snapshot.sentence


@dataclass(frozen=True, slots=True)
class Requested:
    """A saved request, and the pickup code that is shown in this answer and never again."""

    grant: Grant
    code_plaintext: str | None = field(repr=False)


def draft_request(
    *,
    by: User,
    template_id: uuid.UUID,
    seconds: int,
    reason: str,
    ticket: str,
    now: datetime,
    folder: str = "",
    starts_at: datetime | None = None,
    recipient: User | None = None,
    previous: Grant | None = None,
) -> Draft:
    """Check a request against its template, the vendor's contract and AWS's limits; save nothing.

    ``seconds`` is in quarter hours, ``starts_at`` None for at once; ``recipient`` is who picks it up, if not ``by``.
    ``previous`` is the grant that it goes on from: it begins when that one ends, so that the two never overlap.
    Raises FieldError with ``field`` among hours, start, reason, ticket, folder, template.
    """
    who = recipient or by
    version = _newest_version(by, who, template_id)
    _check_answers(version, seconds=seconds, reason=reason, ticket=ticket, folder=folder)
    starts_at = _checked_start(version, starts_at, previous, now)
    if who.vendor is None:
        raise NotFoundError
    policies.check_contract(who.vendor, seconds, starts_at or now)
    policies.check_in_a_row(version, queries.spans_of(who, version), starts_at or now, seconds)
    policies.check_room(
        queries.uses_of(by=by, recipient=who, template=version.template, seconds=seconds, previous=previous, now=now)
    )
    asked = {"ticket": ticket, "folder": folder, "starts_at": starts_at.isoformat() if starts_at else ""}
    asking = _asking(by, who, vendor=who.vendor.slug, seconds=seconds, asked=asked)
    snapshot = make_snapshot(version.offer(approval_seconds=int(policies.APPROVAL_LIFE.total_seconds())), asking)
    policies.check_takes(snapshot)
    return Draft(
        version=version,
        asking=asking,
        snapshot=snapshot,
        fit=fit_of(asking=asking, by=by, recipient=who, version=version, now=now),
        reason=reason.strip(),
        recipient=who,
        contract_ends_at=who.vendor.contract_ends_at,
        starts_at=starts_at,
        previous=previous,
    )


def _asking(by: User, who: User, *, vendor: str, seconds: int, asked: Mapping[str, str]) -> Asking:
    return Asking(
        reference=new_reference(),
        vendor=vendor,
        requester=by.email,
        requester_id=str(by.pk),
        recipient=who.email,
        recipient_person=str(who.person),
        seconds=seconds,
        **asked,
    )


def _checked_start(
    version: TemplateVersion, starts_at: datetime | None, previous: Grant | None, now: datetime
) -> datetime | None:
    if previous is not None:
        return previous.ends_at
    policies.check_start(version, starts_at, now)
    return starts_at


def _check_answers(version: TemplateVersion, *, seconds: int, reason: str, ticket: str, folder: str) -> None:
    policies.check_seconds(version, seconds)
    policies.check_reason(reason)
    policies.check_ticket(version, ticket)
    policies.check_folder(version, folder)


def request_grant(*, by: User, template_id: uuid.UUID, now: datetime, **asked: Unpack[Asked]) -> Requested:
    """Save the request with its snapshot, tell requester and approvers, and return the requester's code once."""
    draft = draft_request(by=by, template_id=template_id, now=now, **asked)
    grant = _unsaved_grant(by=by, draft=draft, now=now)
    code = new_code() if draft.version.pickup_check == PickupCheck.REQUESTER_CODE else None
    if code:
        grant.code_digest = sealing.code_digest(code=code, grant_id=grant.pk)
    with transaction.atomic():
        _check_again(grant, now)
        fit = fit_of(
            asking=draft.asking, by=by, recipient=draft.recipient, version=draft.version, now=now, for_update=True
        )
        grant.window, grant.window_note = fit.window, fit.note
        grant.save(force_insert=True)
        for order in _letters(grant, draft.sentence):
            ledger.queue_mail(order=order, grant=grant, now=now)
        audit.record_event(
            kind="grant.requested",
            subject=grant.reference,
            actor=audit.actor_of(by),
            facts={
                "snapshot_hash": grant.snapshot_hash,
                "template": str(draft.version),
                "vendor": draft.snapshot.vendor,
                "seconds": draft.asking.seconds,
                "starts_at": draft.snapshot.starts_at,
                "previous": draft.previous.reference if draft.previous else "",
                "window": fit.window.reference if fit.window else "",
                **({"outside_window": fit.note} if fit.note else {}),
            },
            personal={
                "recipient": draft.snapshot.recipient,
                "reason": draft.reason,
                **({"ticket": draft.asking.ticket} if draft.asking.ticket else {}),
            },
        )
        if fit.window:
            decide_in_advance(grant=grant, window=fit.window, by=by, snapshot=draft.snapshot, now=now)
    return Requested(grant=grant, code_plaintext=code)


def extend_grant(*, reference: str, by: User, now: datetime) -> Requested:
    """Ask for the same again, from the end of this one on: a new grant, with approvals of its own.

    Raises WrongStateError when this one does not run, or goes on already; FieldError when the template has changed.
    """
    grant = queries.grant_for_requester(by, reference)
    with transaction.atomic():
        running = queries.locked_grant(pk=grant.pk)  # a second click waits, and finds what the first one made
        policies.check_can_extend(running, goes_on=queries.next_of(grant) is not None, now=now)
        return request_grant(
            by=by,
            template_id=grant.template_version.template_id,
            now=now,
            seconds=grant.seconds,
            reason=f"Goes on from {grant.reference}. {grant.reason}"[:REASON_LENGTH],
            ticket=grant.ticket,
            folder=grant.folder,
            recipient=grant.recipient,
            previous=grant,
        )


def _check_again(grant: Grant, now: datetime) -> None:
    """Under the locks that closing, freezing and other requests wait for: what held a moment ago still holds."""
    vendor, recipient, template = grant.vendor, grant.recipient, grant.template_version.template
    if not queries.hold_open(users=[grant.requester, recipient], vendor=vendor):
        raise NotAllowedError("closed in this moment")
    queries.hold_quotas(recipient=recipient, template=template, vendor=vendor)
    policies.check_room(
        queries.uses_of(
            by=grant.requester,
            recipient=recipient,
            template=template,
            seconds=grant.seconds,
            previous=grant.previous,
            now=now,
        )
    )


def _newest_version(by: User, who: User, template_id: uuid.UUID) -> TemplateVersion:
    template = GrantTemplate.objects.filter(pk=template_id, retired_at=None).first()
    if template is None:
        raise NotFoundError
    permissions.check_may_request_for(by, who)
    permissions.check_may_request(who, template)
    version = template.versions.select_related("issuer", "template").order_by("-number").first()
    if version is None or not version.issuer.is_active:
        raise FieldError("template", "This access cannot be asked for at the moment. Ask your sponsor.")
    policies.check_who_asks(version, is_sponsor=by != who)
    return version


def _unsaved_grant(*, by: User, draft: Draft, now: datetime) -> Grant:
    canonical, who = to_canonical(draft.snapshot), draft.recipient
    return Grant(
        reference=draft.snapshot.reference,
        state_at=now,
        requested_at=now,
        template_version=draft.version,
        vendor=who.vendor,
        issuer=draft.version.issuer,
        requester=by,
        recipient=who,
        requester_person=by.person,
        recipient_person=who.person,
        inviter_person=who.invited_by.person if who.invited_by else NOBODY,
        reason=draft.reason,
        ticket=draft.asking.ticket,
        folder=draft.asking.folder,
        seconds=draft.asking.seconds,
        starts_at=draft.starts_at,
        previous=draft.previous,
        session_of=draft.version.issuer if draft.version.kind == Kind.SESSION else None,
        snapshot=canonical,
        snapshot_hash=hash_of(canonical),
    )


def _letters(grant: Grant, sentence: str) -> list[ledger.MailOrder]:
    """Nobody is asked to decide what a window decides."""
    told = {"sentence": sentence, "check": grant.template_version.pickup_check}
    received = [ledger.grant_letter("request_received", grant, to=grant.requester.email, **told)]
    if grant.recipient != grant.requester:
        received.append(ledger.grant_letter("request_for_you", grant, to=grant.recipient.email, **told))
    if grant.window:
        return received
    return received + [
        ledger.grant_letter("approver_new_request", grant, to=address, sentence=sentence)
        for address in queries.approver_addresses(grant)
    ]
