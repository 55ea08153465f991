"""One grant on a page of its own: for its requester, for its approvers, for whoever revokes it."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from grants import permissions, policies, queries
from grants.errors import GrantError, GroupSignedError, IssuesSpentError, WrongStateError
from grants.lifecycle import FINAL, LIVE, State
from grants.models import Grant, TemplateVersion, User
from grants.models.outbox import MailState
from grants.models.template import PickupCheck
from grants.policy.near_end import is_near_end
from grants.policy.scopes import Scope, SessionScope, actions_of, places_of, policy_arns_of
from grants.policy.snapshot import Snapshot
from grants.policy.streak import streak_of
from grants.presenters.queue import flags_of
from grants.presenters.rows import REVOCABLE, DenialRow, MailRow, denial_rows, mail_row
from grants.presenters.story import Step, timeline_of
from grants.presenters.words import (
    CHECKS,
    MINTS,
    UNREADABLE,
    CheckWords,
    StateWords,
    age_in_words,
    for_how_long,
    left_in_words,
    progress_of,
    sentence_of,
    snapshot_of,
    state_words,
)
from grants.values import IssuerRef


@dataclass(frozen=True, slots=True)
class InAdvance:
    """The pre-approved window that decided, or why one that is open did not; both "" where there is none."""

    window: str
    note: str


@dataclass(frozen=True, slots=True)
class StatusView:
    """Where a request is, for the person who made it."""

    reference: str
    sentence: str
    state: StateWords
    hours: str
    reason: str
    ticket: str
    recipient: str
    ends_at: datetime | None
    left: str
    counts_down: bool
    link_expires_at: datetime | None
    failure: str
    mail_trouble: str
    waits_for_aws: bool
    starts_at: datetime | None
    waits_for_start: bool
    waits_for_another: bool
    can_withdraw: bool
    can_extend: bool
    is_near_end: bool
    previous: str
    next: str
    in_advance: InAdvance
    is_over: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ScopeView:
    """What AWS will be told, word for word."""

    places: tuple[str, ...]
    actions: tuple[str, ...]
    policy_arns: tuple[str, ...]
    issuer: str
    tags: tuple[tuple[str, str], ...]
    whole_user: str
    policy: str
    policy_length: int


@dataclass(frozen=True, slots=True)
class PickupWords:
    """How it is picked up, when it is made, and which code this person may type or have made."""

    check: CheckWords
    made: str
    can_tell_code: bool
    can_type_code: bool


@dataclass(frozen=True, slots=True)
class CardView:
    """What an approver reads before signing. ``refusal`` says why this person cannot decide now."""

    reference: str
    sentence: str
    state: StateWords
    flags: tuple[str, ...]
    requester: str
    recipient: str
    recipient_id: UUID
    vendor: str
    contract_ends_at: datetime
    hours: str
    starts_at: datetime | None
    waits_for_another: bool
    reason: str
    ticket: str
    requested_at: datetime
    age: str
    scope: ScopeView | None
    pickup: PickupWords
    link_hours: str
    signatures: str
    snapshot_hash: str
    streak: str
    steps: tuple[Step, ...]
    denials: tuple[DenialRow, ...]
    mails: tuple[MailRow, ...]
    refusal: str
    refusal_way_on: str
    only_deny: str
    previous: str
    next: str
    can_revoke: bool
    can_retry: bool
    used_up: str
    failure: str
    newer: str
    in_advance: InAdvance
    accepted: tuple[tuple[str, str], ...]


def status_view(grant: Grant, now: datetime) -> StatusView:
    """The requester's view of a whole grant (decisions and links prefetched)."""
    state = State(grant.state)
    links = sorted(grant.links.all(), key=lambda link: link.created_at)
    following = _next_reference(grant)
    return StatusView(
        reference=grant.reference,
        sentence=sentence_of(grant),
        state=state_words(state),
        hours=for_how_long(grant.seconds),
        reason=grant.reason,
        ticket=grant.ticket,
        recipient=grant.recipient.email,
        ends_at=grant.ends_at,
        left=left_in_words(grant.ends_at, now) if grant.ends_at else "",
        counts_down=state in {State.ISSUED, State.REVEALED} and grant.ends_at is not None,
        link_expires_at=links[-1].expires_at if state == State.ISSUED and links else None,
        failure=grant.failure_code if state == State.FAILED else "",
        mail_trouble=_mail_trouble(grant),
        waits_for_aws=state == State.APPROVED and queries.is_waiting(grant.issuer_id),
        starts_at=grant.starts_at,
        waits_for_start=state == State.APPROVED and policies.start_of(grant, now) > now,
        waits_for_another=waits_for_another(grant),
        can_withdraw=state == State.REQUESTED,
        can_extend=not following and _runs(grant, now),
        is_near_end=state == State.REVEALED and is_near_end(grant.ends_at, seconds=grant.seconds, now=now),
        previous=grant.previous.reference if grant.previous else "",
        next=following,
        in_advance=_in_advance(grant),
        is_over=state in FINAL,
        steps=timeline_of(grant, decisions=grant.decisions.all(), links=links, names=False),
    )


def _in_advance(grant: Grant) -> InAdvance:
    return InAdvance(grant.window.reference if grant.window else "", grant.window_note)


def _runs(grant: Grant, now: datetime) -> bool:
    return grant.state == State.REVEALED and grant.ends_at is not None and grant.ends_at > now


def _next_reference(grant: Grant) -> str:
    following = queries.next_of(grant)
    return following.reference if following else ""


def waits_for_another(grant: Grant) -> bool:
    """Whether it waits for the end of another session of the same IAM user, of whom there is one at a time."""
    waits = bool(grant.session_of_id) and grant.state in {State.APPROVED, State.AWAITING_CODE}
    return waits and queries.session_holder(grant) is not None


def card_view(grant: Grant, by: User, now: datetime) -> CardView:
    """The approver's view of a whole grant (decisions, links, denials prefetched)."""
    snapshot = snapshot_of(grant)
    refusal, way_on = _refusal(grant, by)
    state = State(grant.state)
    may_decide = permissions.allowed(permissions.check_approver_can_decide, by, grant)
    return CardView(
        reference=grant.reference,
        sentence=snapshot.sentence if snapshot else UNREADABLE,
        state=state_words(state),
        flags=flags_of(grant, snapshot, now, is_known=queries.has_picked_up_before(grant)),
        requester=grant.requester.email,
        recipient=grant.recipient.email,
        recipient_id=grant.recipient_id,
        vendor=grant.vendor.name,
        contract_ends_at=grant.vendor.contract_ends_at,
        hours=for_how_long(grant.seconds),
        starts_at=grant.starts_at,
        waits_for_another=waits_for_another(grant),
        reason=grant.reason,
        ticket=grant.ticket,
        requested_at=grant.requested_at,
        age=age_in_words(grant.requested_at, now),
        scope=_scope_of(snapshot),
        pickup=_pickup_words(grant, by),
        link_hours=for_how_long(grant.template_version.link_seconds),
        signatures=progress_of(grant),
        snapshot_hash=grant.snapshot_hash,
        streak=streak_of(queries.spans_before(grant), grant.requested_at).words,
        steps=timeline_of(grant, decisions=grant.decisions.all(), links=grant.links.all(), names=True),
        denials=denial_rows(grant),
        mails=mails_of(grant),
        refusal=refusal,
        refusal_way_on=way_on,
        only_deny=_only_deny(grant, by, now),
        previous=grant.previous.reference if grant.previous else "",
        next=_next_reference(grant),
        can_revoke=state in REVOCABLE and permissions.allowed(permissions.check_may_revoke, by, grant),
        can_retry=policies.is_retryable(grant) and may_decide,
        used_up=_used_up(grant),
        failure=grant.failure_code,
        newer=_newer(grant.template_version),
        in_advance=_in_advance(grant),
        accepted=tuple((row["sentence"], row["reason"]) for row in grant.template_version.accepted),
    )


def _pickup_words(grant: Grant, by: User) -> PickupWords:
    version, state = grant.template_version, State(grant.state)
    is_told = version.pickup_check == PickupCheck.SPOKEN_CODE and state in LIVE - {State.REVEALED}
    waits = state == State.AWAITING_CODE
    return PickupWords(
        check=CHECKS[version.pickup_check],
        made=MINTS[version.mint],
        can_tell_code=is_told and permissions.allowed(permissions.check_may_tell_code, by, grant),
        can_type_code=waits and permissions.allowed(permissions.check_may_type_code, by, grant),
    )


def _newer(version: TemplateVersion) -> str:
    """A request keeps the version it was made with; whoever signs should know that there is another by now."""
    newest = queries.newer_version_than(version)
    if newest is None:
        return ""
    return f"Asked for with version {version.number} of the template; version {newest.number} has been published since."


def _used_up(grant: Grant) -> str:
    """What to say of a failed grant that nobody may try again."""
    if grant.state != State.FAILED or policies.is_retryable(grant):
        return ""
    return f"{IssuesSpentError.sentence} {IssuesSpentError.way_on}"


def mails_of(grant: Grant) -> tuple[MailRow, ...]:
    """Every mail about ``grant`` (prefetched), oldest first."""
    return tuple(mail_row(mail) for mail in sorted(grant.mails.all(), key=lambda mail: mail.created_at))


def pretty(policy: str) -> str:
    """A policy's JSON, indented for reading; nothing for none."""
    return json.dumps(json.loads(policy), indent=2) if policy else ""


def scope_view(scope: Scope, *, policy: str, issuer: IssuerRef, tags: tuple[tuple[str, str], ...]) -> ScopeView:
    """Of a grant, or of what one would be made of."""
    is_session = isinstance(scope, SessionScope)
    return ScopeView(
        places=places_of(scope),
        actions=actions_of(scope),
        policy_arns=policy_arns_of(scope),
        issuer=issuer.user_arn,
        tags=() if is_session else tags,
        whole_user=issuer.user_arn.rpartition("/")[2] if is_session else "",
        policy=pretty(policy),
        policy_length=len(policy),
    )


def _scope_of(snapshot: Snapshot | None) -> ScopeView | None:
    if snapshot is None:
        return None
    return scope_view(snapshot.scope, policy=snapshot.policy, issuer=snapshot.issuer, tags=snapshot.tags)


def _mail_trouble(grant: Grant) -> str:
    """Whether the link is ready but the mail server has not taken it."""
    if grant.state not in {State.OFFERED, State.ISSUED}:
        return ""
    links = [mail for mail in grant.mails.all() if mail.event == "link_ready"]
    newest = max(links, key=lambda mail: mail.created_at, default=None)
    if newest is None or newest.state == MailState.SENT or not newest.last_error:
        return ""
    if newest.state == MailState.REJECTED:
        return "The mail server refused the mail with the link for good. Tell your contact, and check your address."
    return "The mail server has not taken the mail with the link yet. We keep trying; the link stays the same."


def _only_deny(grant: Grant, by: User, now: datetime) -> str:
    """What to say to somebody whose signature is not missing, but whose no would count."""
    if permissions.open_groups(by, grant, policies.signatures_of(grant, now)):
        return ""
    return f"{GroupSignedError.sentence} {GroupSignedError.way_on}"


def _refusal(grant: Grant, by: User) -> tuple[str, str]:
    """Why ``by`` cannot decide now, and the way on, asked of the same checks that the flow will ask."""
    try:
        policies.check_state(grant, "grant.approved")
        permissions.check_approver_can_decide(by, grant)
        permissions.check_has_not_signed(by, grant)
    except WrongStateError:  # whoever only opens a decided card has done nothing that came too late
        return "There is nothing to decide here any more.", ""
    except GrantError as error:
        return error.sentence, error.way_on
    return "", ""
