"""A recipient shows what they must, and gets the credentials once, or a page that waits until they are made."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from django.db import transaction

from grants import audit, ledger, permissions, policies, queries
from grants.errors import (
    CannotOpenError,
    LinkLockedError,
    LinkRevokedError,
    PausedError,
    PickupError,
    SealError,
    WrongCodeError,
)
from grants.flows.reveal.claim import claim_link, renew_issue
from grants.flows.reveal.fate import check_fate
from grants.gateways import sealing
from grants.lifecycle import State, move_for
from grants.models import Grant, PickupLink, SealedCredential
from grants.models.link import FATES, LIVE_LINK
from grants.models.rows import Change, StaleRowError
from grants.policy.snapshot import Snapshot
from grants.queries import OpenedLink
from grants.values import CODE_TRIES, AwsCredentials, Origin, SealedBox, Shown

REFUSALS_MAX: Final = 200
LOCKED: Final = "grant.locked"
ON_THE_WAY: Final = frozenset({State.APPROVED, State.AWAITING_CODE, State.ISSUING, State.FAILED})


@dataclass(frozen=True, slots=True)
class Revealed:
    """The credentials, once, and what to do with them."""

    credentials: AwsCredentials = field(repr=False)
    grant: Grant
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Waiting:
    """They are made now. ``claim`` opens the waiting page, and in time the credentials, to whoever passed the check."""

    claim: str = field(repr=False)


Outcome: TypeAlias = Revealed | Waiting | PickupError


def reveal_credentials(
    *, link_id: UUID, token: str | None, shown: Shown, origin: Origin, now: datetime, afresh: bool = False
) -> Revealed | Waiting:
    """Show the credentials to whoever holds the link and has ``shown`` what it takes, and wipe them, in one commit.

    Where they are made only now, AWS is asked, and the answer is to wait. ``afresh``: make others, because little is
    left of those. Raises the PickupError family: wrong code, used, expired, locked, revoked, cannot be opened now.
    """
    try:
        with transaction.atomic():
            opened = queries.locked_link(link_id, token)
            if opened.is_fenced:
                raise PausedError
            outcome = _try(opened=opened, token=token or "", shown=shown, origin=origin, now=now, afresh=afresh)
    except StaleRowError as error:
        raise CannotOpenError("changed meanwhile") from error
    if isinstance(outcome, PickupError):
        raise outcome
    return outcome


def _try(*, opened: OpenedLink, token: str, shown: Shown, origin: Origin, now: datetime, afresh: bool) -> Outcome:
    """One try under the grant's lock, so that parallel guesses are counted one by one; a refusal is committed too."""
    link, grant = opened.link, opened.link.grant
    snapshot = policies.read_snapshot(grant)
    try:
        check_fate(link, now)
        permissions.check_may_receive(grant, now)
        if not ledger.is_claim(link, shown.claim):
            ledger.check_shown(grant, snapshot.pickup_check, shown)
        if grant.state == State.ISSUED and not afresh:
            return _reveal(opened=opened, snapshot=snapshot, token=token, origin=origin, now=now)
        _have_made(grant=grant, link=link, origin=origin, now=now, afresh=afresh)
    except WrongCodeError:
        return _count_wrong_code(grant=grant, link=link, origin=origin, now=now)
    except PickupError as refusal:
        _record_refusal(grant, link, refusal, origin)
        return refusal
    return Waiting(ledger.claim_of(link))


def _have_made(*, grant: Grant, link: PickupLink, origin: Origin, now: datetime, afresh: bool) -> None:
    """Ask AWS, unless it is being asked: a second click, or a second tab, waits for the same."""
    if grant.state == State.OFFERED:
        claim_link(grant=grant, link=link, origin=origin, now=now)
    elif grant.state == State.ISSUED and afresh:
        renew_issue(grant=grant, link=link, origin=origin, now=now)
    elif grant.state not in ON_THE_WAY or link.claimed_at is None:
        raise LinkRevokedError


def _reveal(*, opened: OpenedLink, snapshot: Snapshot, token: str, origin: Origin, now: datetime) -> Revealed:
    link = opened.link
    sealed = opened.sealed or queries.sealed_behind(link)
    credentials = _open(sealed, link.grant, token)
    _spend(grant=link.grant, link=link, sealed=sealed, origin=origin, now=now)
    return Revealed(credentials=credentials, grant=link.grant, snapshot=snapshot)


def _open(sealed: SealedCredential, grant: Grant, token: str) -> AwsCredentials:
    """Decrypt before anything is marked, so that a missing key costs nobody their credentials."""
    box = SealedBox(key_id=sealed.key_id, ciphertext=bytes(sealed.ciphertext or b""))
    try:
        plaintext = sealing.open_for_link(box=box, token=token, info=grant.pk.bytes + sealed.attempt_id.bytes)
    except SealError as error:
        raise CannotOpenError(error.detail) from error
    values = json.loads(plaintext)
    return AwsCredentials(**{**values, "expiration": datetime.fromisoformat(values["expiration"])})


def _spend(*, grant: Grant, link: PickupLink, sealed: SealedCredential, origin: Origin, now: datetime) -> None:
    """The link's one conditional UPDATE, the move, the wiping and the audit row: one statement."""
    live = {"pk": link.pk, "expires_at__gt": now, **dict.fromkeys(FATES)}
    ledger.move_grant(
        grant=grant,
        event="grant.revealed",
        actor=audit.RECIPIENT,
        now=now,
        facts={"link": str(link.pk), "wiped": True},
        personal={"ip": origin.ip or "unknown", "agent": origin.agent[:200]},
        changes={"revealed_at": now},
        beside=[
            Change(PickupLink, live, {"used_at": now, "used_from": origin.ip}),
            Change(SealedCredential, {"pk": sealed.pk, "wiped_at": None}, {"ciphertext": None, "wiped_at": now}),
        ],
    )


def _count_wrong_code(*, grant: Grant, link: PickupLink, origin: Origin, now: datetime) -> PickupError:
    left = CODE_TRIES - link.tries - 1
    PickupLink.objects.filter(pk=link.pk).update(tries=link.tries + 1)
    _record_refusal(grant, link, WrongCodeError(left), origin)
    if left > 0:
        return WrongCodeError(left)
    PickupLink.objects.filter(LIVE_LINK, pk=link.pk).update(locked_at=now)
    SealedCredential.objects.filter(link=link, wiped_at=None).update(ciphertext=None, wiped_at=now)
    letters = [ledger.grant_letter("link_locked", grant, to=address) for address in queries.addresses_to_warn(grant)]
    if move_for(LOCKED, State(grant.state)) is None:  # AWS is being asked: what it gives finds the link locked
        for letter in letters:
            ledger.queue_mail(order=letter, grant=grant, now=now)
        return LinkLockedError()
    facts: dict[str, audit.Fact] = {"link": str(link.pk), "wiped": True}
    changes = {"due_at": None}
    ledger.move_grant(
        grant=grant, event=LOCKED, actor=audit.RECIPIENT, now=now, facts=facts, changes=changes, mails=letters
    )
    return LinkLockedError()


def _record_refusal(grant: Grant, link: PickupLink, refusal: PickupError, origin: Origin) -> None:
    """Every refusal up to a bound: whoever holds a link must not be able to fill the audit table."""
    if queries.refusals_of(grant) >= REFUSALS_MAX:
        return
    audit.record_event(
        kind="link.refused",
        subject=grant.reference,
        actor=audit.RECIPIENT,
        facts={"link": str(link.pk), "code": refusal.code},
        personal={"ip": origin.ip or "unknown", "agent": origin.agent[:200]},
    )
