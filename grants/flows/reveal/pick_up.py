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
    WrongStateError,
)
from grants.flows.reveal.claim import claim_link, renew_issue
from grants.flows.reveal.fate import check_fate
from grants.gateways import sealing
from grants.lifecycle import State, move_for
from grants.models import Grant, PickupLink, SealedCredential
from grants.models.link import FATES, LIVE_LINK
from grants.models.rows import Change, FencedError, NeedsLockError, New, StaleRowError, without_transaction, write_all
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What one try comes with."""

    link_id: UUID
    token: str = field(repr=False)
    shown: Shown
    origin: Origin
    now: datetime
    afresh: bool


Outcome: TypeAlias = Revealed | Waiting | PickupError


def reveal_credentials(
    *, link_id: UUID, token: str | None, shown: Shown, origin: Origin, now: datetime, afresh: bool = False
) -> Revealed | Waiting:
    """Show the credentials to whoever holds the link and has ``shown`` what it takes, and wipe them, in one commit.

    Where they are made only now, AWS is asked, and the answer is to wait. ``afresh``: make others, because little is
    left of those. Raises the PickupError family: wrong code, used, expired, locked, revoked, cannot be opened now.
    """
    asked = Asked(link_id, token or "", shown, origin, now, afresh)
    try:
        outcome = _try_twice(asked)
    except FencedError as error:
        raise PausedError from error
    except StaleRowError as error:
        raise CannotOpenError("changed meanwhile") from error
    if isinstance(outcome, PickupError):
        raise outcome
    return outcome


def _try_twice(asked: Asked) -> Outcome:
    """Without a lock; under it where more than one statement is needed, or somebody was faster."""
    try:
        with without_transaction():
            return _try(asked, is_locked=False)
    except (NeedsLockError, StaleRowError, WrongStateError):
        pass
    with transaction.atomic():
        if queries.is_fenced():
            raise PausedError
        return _try(asked, is_locked=True)


def _try(asked: Asked, *, is_locked: bool) -> Outcome:
    """One try. Without the lock it comes to one statement, which writes nothing where somebody was faster.

    So parallel guesses are counted one by one: of those that read the same number of tries one is written down, and the
    others look again under the lock; a right code counts as long as the fifth wrong one is not. A refusal is committed.
    """
    opened = queries.opened_link(asked.link_id, asked.token, is_locked=is_locked)
    link, grant = opened.link, opened.link.grant
    snapshot = policies.read_snapshot(grant)
    try:
        check_fate(link, asked.now)
        permissions.check_may_receive(grant, asked.now)
        if not ledger.is_claim(link, asked.shown.claim):
            ledger.check_shown(grant, snapshot.pickup_check, asked.shown)
        if grant.state == State.ISSUED and not asked.afresh:
            return _reveal(opened, snapshot, asked)
        _need_lock(opened)
        _have_made(grant, link, asked)
    except WrongCodeError:
        return _count_wrong_code(opened, asked)
    except PickupError as refusal:
        _need_lock(opened)
        _record_refusal(link, refusal, asked.origin)
        return refusal
    return Waiting(ledger.claim_of(link))


def _need_lock(opened: OpenedLink) -> None:
    if not opened.is_locked:
        raise NeedsLockError


def _have_made(grant: Grant, link: PickupLink, asked: Asked) -> None:
    """Ask AWS, unless it is being asked: a second click, or a second tab, waits for the same."""
    if grant.state == State.OFFERED:
        claim_link(grant=grant, link=link, origin=asked.origin, now=asked.now)
    elif grant.state == State.ISSUED and asked.afresh:
        renew_issue(grant=grant, link=link, origin=asked.origin, now=asked.now)
    elif grant.state not in ON_THE_WAY or link.claimed_at is None:
        raise LinkRevokedError


def _reveal(opened: OpenedLink, snapshot: Snapshot, asked: Asked) -> Revealed:
    sealed = opened.sealed or queries.sealed_behind(opened.link)
    credentials = _open(sealed, opened.link.grant, asked.token)
    _spend(opened.link, sealed, asked)
    return Revealed(credentials=credentials, grant=opened.link.grant, snapshot=snapshot)


def _open(sealed: SealedCredential, grant: Grant, token: str) -> AwsCredentials:
    """Decrypt before anything is marked, so that a missing key costs nobody their credentials."""
    box = SealedBox(key_id=sealed.key_id, ciphertext=bytes(sealed.ciphertext or b""))
    try:
        plaintext = sealing.open_for_link(box=box, token=token, info=grant.pk.bytes + sealed.attempt_id.bytes)
    except SealError as error:
        raise CannotOpenError(error.detail) from error
    values = json.loads(plaintext)
    return AwsCredentials(**{**values, "expiration": datetime.fromisoformat(values["expiration"])})


def _spend(link: PickupLink, sealed: SealedCredential, asked: Asked) -> None:
    """The link's one conditional UPDATE, the move, the wiping and the audit row: one statement."""
    grant, now = link.grant, asked.now
    ledger.move_grant(
        grant=grant,
        event="grant.revealed",
        actor=audit.RECIPIENT,
        now=now,
        facts={"link": str(link.pk), "wiped": True},
        personal=_traces(asked.origin),
        changes={"revealed_at": now},
        beside=[
            Change(PickupLink, _alive(link, now), {"used_at": now, "used_from": asked.origin.ip}),
            Change(SealedCredential, {"pk": sealed.pk, "wiped_at": None}, {"ciphertext": None, "wiped_at": now}),
        ],
        provided={"code_digest": grant.code_digest},  # told anew, the old one is nobody's
    )


def _alive(link: PickupLink, now: datetime) -> dict[str, object]:
    return {"pk": link.pk, "expires_at__gt": now, **dict.fromkeys(FATES)}


def _count_wrong_code(opened: OpenedLink, asked: Asked) -> PickupError:
    link, now = opened.link, asked.now
    left = CODE_TRIES - link.tries - 1
    if left <= 0:
        _need_lock(opened)
    refusal = WrongCodeError(left)
    counted = Change(PickupLink, {**_alive(link, now), "tries": link.tries}, {"tries": link.tries + 1})
    write_all(counted, *_rows_of_refusal(link, refusal, asked.origin))
    return refusal if left > 0 else _lock_link(link, now)


def _lock_link(link: PickupLink, now: datetime) -> PickupError:
    grant = link.grant
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


def _record_refusal(link: PickupLink, refusal: PickupError, origin: Origin) -> None:
    """Every refusal up to a bound: whoever holds a link must not be able to fill the audit table."""
    if queries.refusals_of(link.grant) < REFUSALS_MAX:
        write_all(*_rows_of_refusal(link, refusal, origin))


def _rows_of_refusal(link: PickupLink, refusal: PickupError, origin: Origin) -> list[New]:
    return audit.rows_of_event(
        kind="link.refused",
        subject=link.grant.reference,
        actor=audit.RECIPIENT,
        facts={"link": str(link.pk), "code": refusal.code},
        personal=_traces(origin),
    )


def _traces(origin: Origin) -> dict[str, str]:
    return {"ip": origin.ip or "unknown", "agent": origin.agent[:200]}
