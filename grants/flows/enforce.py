"""The revoke worker makes AWS refuse what Daypass revoked, and believes it only when it has read it back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from grants import audit, policies, queries
from grants.errors import RevokeError
from grants.gateways import iam
from grants.models import Denial, Issuer, WideDenial
from grants.models.rows import unless_held
from grants.policy.deny import check_entries
from grants.values import SECONDS_MAX

ROUNDS: Final = 20
RETRY: Final = timedelta(seconds=10)
RETRY_MAX: Final = timedelta(minutes=5)

AnyDenial: TypeAlias = Denial | WideDenial


def enforce_denials(*, issuer_id: UUID, clock: Callable[[], datetime]) -> None:
    """Write every Deny that is wanted on this issuer, lift those whose session is long over, and read all back.

    One worker per issuer at a time, because the documents are rewritten as a whole; it goes on until nothing is left
    that came in meanwhile.
    """
    issuer = Issuer.objects.get(pk=issuer_id)
    for _ in range(ROUNDS):
        with queries.only_one_for(f"deny:{issuer_id}") as mine:
            if not mine() or not _enforce(issuer, clock, mine):
                return


@dataclass(frozen=True, slots=True)
class Work:
    """``wanted`` is to be denied, ``standing`` is denied and must stay so, ``over`` is to leave."""

    wanted: list[AnyDenial]
    standing: list[AnyDenial]
    over: list[AnyDenial]

    @property
    def todo(self) -> list[AnyDenial]:
        """Every row that something is to be done for."""
        return [*self.wanted, *self.over]

    @property
    def all(self) -> list[AnyDenial]:
        """Every row that is not lifted."""
        return [*self.todo, *self.standing]


def _work_for(issuer: Issuer, now: datetime) -> Work:
    work = Work([], [], [])
    for model in (Denial, WideDenial):
        rows = model.objects.filter(Q(confirmed_at__isnull=False) | Q(due_at__lte=now), issuer=issuer, lifted_at=None)
        for row in rows:
            if row.session_ends_at < now - policies.DENY_MARGIN:
                work.over.append(row)
            else:
                (work.standing if row.confirmed_at else work.wanted).append(row)
    return work


def _enforce(issuer: Issuer, clock: Callable[[], datetime], is_ours: Callable[[], bool]) -> bool:
    """One writing; whether there was something to do and all of it was done.

    What was written while somebody else's turn had come is not believed: all of it is wanted still, and written again.
    """
    work = _work_for(issuer, clock())
    wanted = [row for row in work.wanted if _is_fit(row, issuer, clock())]
    if not wanted and not work.over:
        return False
    stay = {row.entry for row in [*wanted, *work.standing]}
    trouble: RevokeError | None = None
    try:
        held = iam.write_deny(
            issuer=issuer.ref,
            revoker_profile=issuer.revoker_profile,
            add=stay,  # the standing too: IAM may show a state from before they were written
            remove={row.entry for row in work.over} - stay,
        )
    except RevokeError as error:
        held, trouble = error.held, error
    if not is_ours():
        return False
    _settle(wanted, work.over, held, trouble, clock())
    _adopt(issuer, held - stay - {row.entry for row in work.over}, clock())
    return trouble is None and not _is_left(work, issuer, clock())


def _is_left(work: Work, issuer: Issuer, now: datetime) -> bool:
    """Whether something of it could not be written down, because somebody held its row: it is the next sweep's."""
    left = _work_for(issuer, now)
    return not {row.pk for row in work.todo}.isdisjoint(row.pk for row in left.todo)


def _settle(
    wanted: list[AnyDenial], over: list[AnyDenial], held: frozenset[str], trouble: RevokeError | None, now: datetime
) -> None:
    for row in wanted:
        with unless_held():  # by whoever may: the others are not to wait for that one
            if row.entry in held:
                _mark(row, "denial.confirmed", now, confirmed_at=now, last_error="")
            elif trouble is not None:
                _postpone(row, trouble, now)
    for row in over if trouble is None else []:
        with unless_held():
            _mark(row, "denial.lifted", now, lifted_at=now)


def _adopt(issuer: Issuer, strangers: frozenset[str], now: datetime) -> None:
    """Denied at AWS by hand, or before a restore: it stays, gets a record, and leaves when no session can live."""
    known = {row.entry for row in _work_for(issuer, now + RETRY_MAX).all}
    for entry in sorted(strangers - known):
        row = WideDenial(issuer=issuer, entry=entry, reason="Found at AWS.")
        row.wanted_at = row.due_at = row.confirmed_at = now
        row.session_ends_at = now + timedelta(seconds=SECONDS_MAX)
        with transaction.atomic():
            row.save(force_insert=True)
            _record(row, "denial.adopted")


def _is_fit(row: AnyDenial, issuer: Issuer, now: datetime) -> bool:
    """One entry that AWS must never get would hold up all others, so it is put aside, on record."""
    try:
        check_entries([row.entry], account_id=issuer.account_id, role_id=issuer.ref.role_id)
    except RevokeError as error:
        _postpone(row, error, now)
        return False
    return True


def _mark(row: AnyDenial, kind: str, now: datetime, **changes: object) -> None:
    column = "confirmed_at" if kind == "denial.confirmed" else "lifted_at"
    with transaction.atomic():
        if type(row).objects.filter(pk=row.pk, **{column: None}).update(**changes) == 1:
            _record(row, kind, seconds=round((now - row.wanted_at).total_seconds()))


def _postpone(row: AnyDenial, error: RevokeError, now: datetime) -> None:
    wait = min(RETRY * 2 ** min(row.tries, 6), RETRY_MAX)
    with transaction.atomic():
        type(row).objects.filter(pk=row.pk).update(
            tries=F("tries") + 1, due_at=now + wait, last_error=error.detail[:300]
        )
        _record(row, "denial.refused", code=error.code)


def _record(row: AnyDenial, kind: str, **facts: audit.Fact) -> None:
    audit.record_event(kind=kind, subject=row.subject, actor=audit.REVOKE_WORKER, facts={"userid": row.entry, **facts})
