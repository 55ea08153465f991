"""The revoke worker makes AWS refuse what Daypass revoked, and believes it only when it has read it back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from grants import audit, policies, queries
from grants.errors import RevokeError
from grants.gateways import iam
from grants.models import Denial, Issuer

BATCH: Final = 100
RETRY: Final = timedelta(seconds=10)
RETRY_MAX: Final = timedelta(minutes=5)


def enforce_denials(*, issuer_id: UUID, clock: Callable[[], datetime]) -> None:
    """Write every Deny that is wanted on this issuer, lift those whose session is long over, and read the policy back.

    One worker per issuer at a time: the document is rewritten as a whole.
    """
    issuer = Issuer.objects.get(pk=issuer_id)
    with queries.only_one_for(f"deny:{issuer_id}") as mine:
        if mine:
            _enforce(issuer, clock)


def _enforce(issuer: Issuer, clock: Callable[[], datetime]) -> None:
    now = clock()
    wanted = list(Denial.objects.filter(issuer=issuer, confirmed_at=None, due_at__lte=now)[:BATCH])
    over = list(
        Denial.objects.filter(
            issuer=issuer,
            confirmed_at__isnull=False,
            lifted_at=None,
            session_ends_at__lt=now - policies.DENY_MARGIN,
        )[:BATCH]
    )
    if not wanted and not over:
        return
    try:
        held = iam.write_deny(
            issuer=issuer.ref,
            revoker_profile=issuer.revoker_profile,
            add={denial.userid for denial in wanted},
            remove={denial.userid for denial in over},
        )
    except RevokeError as error:
        _postpone(wanted, error, clock())
        return
    for denial in wanted:
        if denial.userid in held:
            _confirm(denial, clock())
    for denial in over:
        if denial.userid not in held:
            _lift(denial, clock())


def _confirm(denial: Denial, now: datetime) -> None:
    with transaction.atomic():
        if Denial.objects.filter(pk=denial.pk, confirmed_at=None).update(confirmed_at=now, last_error="") == 1:
            _record(denial, "denial.confirmed")


def _lift(denial: Denial, now: datetime) -> None:
    with transaction.atomic():
        if Denial.objects.filter(pk=denial.pk, lifted_at=None).update(lifted_at=now) == 1:
            _record(denial, "denial.lifted")


def _postpone(wanted: list[Denial], error: RevokeError, now: datetime) -> None:
    for denial in wanted:
        wait = min(RETRY * 2 ** min(denial.tries, 6), RETRY_MAX)
        with transaction.atomic():
            Denial.objects.filter(pk=denial.pk).update(
                tries=F("tries") + 1, due_at=now + wait, last_error=error.detail[:300]
            )
            _record(denial, "denial.refused", code=error.code)


def _record(denial: Denial, kind: str, **facts: audit.Fact) -> None:
    audit.record_event(
        kind=kind,
        subject=denial.grant.reference,
        actor=audit.REVOKE_WORKER,
        facts={"userid": denial.userid, **facts},
    )
