"""A recipient picks the credentials up: once."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from grants import audit, ledger, permissions, policies, queries
from grants.errors import (
    CannotOpenError,
    LinkExpiredError,
    LinkLockedError,
    LinkRevokedError,
    LinkUsedError,
    PausedError,
    PickupError,
    SealError,
    WrongCodeError,
)
from grants.gateways import sealing
from grants.models import Grant, PickupLink, SealedCredential
from grants.models.link import FATES, LIVE_LINK
from grants.models.rows import compare_and_set
from grants.policy.snapshot import Snapshot
from grants.values import CODE_TRIES, AwsCredentials, Origin, SealedBox

REFUSALS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class LinkView:
    """What a pickup page may say before the check: who gives, until when; not which bucket."""

    link_id: UUID
    reference: str
    vendor_name: str
    expires_at: datetime
    ends_at: datetime | None
    tries_left: int
    pickup_check: str


@dataclass(frozen=True, slots=True)
class Revealed:
    """The credentials, once, and what to do with them."""

    credentials: AwsCredentials = field(repr=False)
    grant: Grant
    snapshot: Snapshot


def find_link(*, link_id: UUID, token: str | None, now: datetime) -> LinkView:
    """What this link's page shows; a foreign or unknown token gets the answer of a link that never was."""
    link = queries.authentic_link(link_id, token)
    _check_fate(link, now)
    grant = link.grant
    return LinkView(
        link_id=link.pk,
        reference=grant.reference,
        vendor_name=grant.vendor.name,
        expires_at=link.expires_at,
        ends_at=grant.ends_at,
        tries_left=CODE_TRIES - link.tries,
        pickup_check=grant.template_version.pickup_check,
    )


def reveal_credentials(*, link_id: UUID, token: str | None, code: str, origin: Origin, now: datetime) -> Revealed:
    """Show the credentials to whoever holds link and code, and wipe them, in one commit before the answer leaves.

    Raises the PickupError family: wrong code, used, expired, locked, revoked, cannot be opened now, unknown.
    """
    with transaction.atomic():
        link, is_fenced = queries.locked_link(link_id, token)
        if is_fenced:
            raise PausedError
        outcome = _try_reveal(link=link, token=token or "", code=code, origin=origin, now=now)
    if isinstance(outcome, PickupError):
        raise outcome
    return outcome


def _check_fate(link: PickupLink, now: datetime) -> None:
    if link.used_at:
        raise LinkUsedError(link.used_at, link.used_from)
    if link.locked_at:
        raise LinkLockedError
    if link.expires_at <= now:
        raise LinkExpiredError
    if link.closed_at:
        raise LinkRevokedError


def _try_reveal(*, link: PickupLink, token: str, code: str, origin: Origin, now: datetime) -> Revealed | PickupError:
    """One try under the grant's lock, so that parallel guesses are counted one by one; a refusal is committed too."""
    grant = link.grant
    try:
        _check_fate(link, now)
        permissions.check_may_receive(grant, now)
        if not ledger.is_pickup_code(grant, code):
            return _count_wrong_code(grant=grant, link=link, origin=origin, now=now)
        sealed = queries.sealed_behind(link)
        credentials = _open(sealed, grant, token)
    except PickupError as refusal:
        _record_refusal(grant, link, refusal, origin)
        return refusal
    snapshot = policies.read_snapshot(grant)
    _spend(grant=grant, link=link, sealed=sealed, origin=origin, now=now)
    return Revealed(credentials=credentials, grant=grant, snapshot=snapshot)


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
    """The one conditional UPDATE of a link, the move, and the wiping."""
    live = {"pk": link.pk, "expires_at__gt": now, **dict.fromkeys(FATES)}
    if not compare_and_set(PickupLink, live, {"used_at": now, "used_from": origin.ip}):
        raise LinkUsedError
    compare_and_set(SealedCredential, {"pk": sealed.pk}, {"ciphertext": None, "wiped_at": now})
    ledger.move_grant(
        grant=grant,
        event="grant.revealed",
        actor=audit.RECIPIENT,
        now=now,
        facts={"link": str(link.pk), "wiped": True},
        personal={"ip": origin.ip or "unknown", "agent": origin.agent[:200]},
        changes={"revealed_at": now},
    )


def _count_wrong_code(*, grant: Grant, link: PickupLink, origin: Origin, now: datetime) -> PickupError:
    left = CODE_TRIES - link.tries - 1
    PickupLink.objects.filter(pk=link.pk).update(tries=link.tries + 1)
    _record_refusal(grant, link, WrongCodeError(left), origin)
    if left > 0:
        return WrongCodeError(left)
    PickupLink.objects.filter(LIVE_LINK, pk=link.pk).update(locked_at=now)
    SealedCredential.objects.filter(link=link, wiped_at=None).update(ciphertext=None, wiped_at=now)
    ledger.move_grant(
        grant=grant,
        event="grant.locked",
        actor=audit.RECIPIENT,
        now=now,
        facts={"link": str(link.pk), "wiped": True},
        mails=[ledger.grant_letter("link_locked", grant, to=address) for address in queries.addresses_to_warn(grant)],
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
