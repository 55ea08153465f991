"""A template admin ends every session of one vendor, or of one template, by one entry in the Deny."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from grants import audit, dispatch, ledger, permissions, queries
from grants.errors import FieldError, NotFoundError
from grants.lifecycle import LIVE, State
from grants.models import Grant, GrantTemplate, IssueAttempt, Issuer, User, Vendor, WideDenial
from grants.values import SECONDS_MAX

LONGEST: Final = timedelta(seconds=SECONDS_MAX)


@dataclass(frozen=True, slots=True)
class DeniedTag:
    """The entry, on how many issuers, until when it stands at least, and how many grants ended."""

    entry: str
    issuers: int
    until: datetime
    ended: int


def deny_tag(*, kind: Literal["vendor", "template"], slug: str, by: User, reason: str, now: datetime) -> DeniedTag:
    """Have AWS refuse all sessions that carry this tag, and end their grants; nothing is issued to it meanwhile.

    It stands for the longest life of a session after the last one on record has ended: 36 hours and 15 minutes, so
    that a session which no record knows is dead too.
    """
    permissions.check_template_admin(by)
    if not (why := reason.strip()):
        raise FieldError("reason", "Say why, so that the contractors and the auditor know.")
    grants = _grants_of(kind, slug)
    entry = f"{kind}={slug}"
    until = (_last_end(grants) or now) + LONGEST
    with transaction.atomic():
        issuers = list(Issuer.objects.filter(Q(is_active=True) | Q(grants__in=grants)).distinct())
        for issuer in issuers:
            _stand(issuer, entry, by=by, reason=why, until=max(until, now + LONGEST), now=now)
    pks = list(grants.filter(state__in=sorted(LIVE)).values_list("pk", flat=True))
    ended = sum(_end(pk, entry, by=by, reason=why, now=now) for pk in pks)
    return DeniedTag(entry=entry, issuers=len(issuers), until=max(until, now + LONGEST), ended=ended)


def _grants_of(kind: str, slug: str) -> "QuerySet[Grant]":
    known = Vendor.objects.filter(slug=slug) if kind == "vendor" else GrantTemplate.objects.filter(slug=slug)
    if not known.exists():
        raise NotFoundError
    return Grant.objects.filter(**{"vendor__slug" if kind == "vendor" else "template_version__template__slug": slug})


def _last_end(grants: "QuerySet[Grant]") -> datetime | None:
    """When the last session on record ends, as STS said it or, for a lost answer, as it was asked for."""
    attempts = IssueAttempt.objects.filter(grant__in=grants)
    said: datetime | None = attempts.aggregate(at=Max("expiration"))["at"]
    asked = [row.lease_until + timedelta(seconds=row.seconds) for row in attempts.filter(expiration=None)]
    return max([*asked, *([said] if said else [])], default=None)


def _stand(issuer: Issuer, entry: str, *, by: User, reason: str, until: datetime, now: datetime) -> None:
    """One row for each issuer; asked for again, it stands longer."""
    standing = WideDenial.objects.filter(issuer=issuer, entry=entry, lifted_at=None)
    if not standing.update(session_ends_at=until, reason=reason, asked_by=by):
        row = WideDenial(issuer=issuer, entry=entry, reason=reason, asked_by=by)
        row.wanted_at, row.due_at, row.session_ends_at = now, now, until
        row.save(force_insert=True)
    audit.record_event(
        kind="denial.wanted",
        subject=f"issuer {issuer.account_id}",
        actor=audit.actor_of(by),
        facts={"userid": entry, "issuer": issuer.name, "until": until.isoformat()},
        personal={"reason": reason},
    )
    dispatch.ring_after_commit(dispatch.REVOKE, issuer.pk)


def _denied(grant: Grant, entry: str, now: datetime) -> list[str]:
    """The entry meets every session but those of GetSessionToken, which carry no tags: they are denied by their age."""
    if grant.state != State.REVEALED:
        return []
    return ledger.deny_live_sessions(grant, now) if grant.session_of_id else [entry]


def _end(pk: UUID, entry: str, *, by: User, reason: str, now: datetime) -> bool:
    with transaction.atomic():
        grant = queries.locked_grant(pk=pk)
        if grant.state == State.ISSUING:
            ledger.note_end(grant=grant, by_id=by.pk, actor=audit.actor_of(by), reason=reason, now=now)
        elif grant.state in LIVE:
            denied = _denied(grant, entry, now)
            ledger.end_grant(grant=grant, actor=audit.actor_of(by), reason=reason, now=now, denied=denied)
        else:
            return False
    return True
