"""Issuers for those who keep them: what is on record, and how each is doing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from grants import permissions
from grants.errors import NotFoundError
from grants.lifecycle import State
from grants.models import Grant, IssueAttempt, Issuer, IssuerCircuit, IssuerPolicy, IssuerProposal, IssuerReading, User
from grants.models.attempt import Outcome
from grants.models.issuer_policy import ALLOWED
from grants.models.issuer_proposal import OPEN_PROPOSAL
from grants.policies import READ_EVERY
from grants.queries.issuers import open_circuit_of

T = TypeVar("T")
HOUR: Final = timedelta(hours=1)
THROTTLED: Final = "sts_throttled"


@dataclass(frozen=True, slots=True)
class IssuerHealth:
    """How one issuer is doing. ``clock_ahead``: of its last answer with a Date. ``reading``: what IAM last said."""

    issuer: Issuer
    circuit: IssuerCircuit | None
    reading: IssuerReading | None
    last_success: datetime | None
    throttled: int
    clock_ahead: int | None
    clock_at: datetime | None
    live: int


def issuers_for_admin(by: User) -> "QuerySet[Issuer]":
    """Every issuer with its circuit, its reading and ``live``, how many grants work; switched off ones come last."""
    permissions.check_template_admin(by)
    works = Q(grants__state__in=[State.ISSUED, State.REVEALED])
    rows = Issuer.objects.select_related("circuit", "reading").annotate(live=Count("grants", filter=works))
    return rows.order_by("-is_active", "name")


def issuer_for(by: User, issuer_id: UUID, *, lock: bool = False) -> Issuer:
    """One issuer; with ``lock`` under its row lock."""
    permissions.check_template_admin(by)
    rows = Issuer.objects.select_for_update(no_key=True) if lock else Issuer.objects.all()
    return _found(rows.filter(pk=issuer_id).first())


def policy_for(by: User, policy_id: UUID) -> IssuerPolicy:
    """One entry of an issuer's list of managed policies."""
    permissions.check_template_admin(by)
    return _found(IssuerPolicy.objects.select_related("issuer").filter(pk=policy_id).first())


def proposal_for(by: User, proposal_id: UUID, *, lock: bool = False) -> IssuerProposal:
    """One proposal, whatever became of it."""
    permissions.check_template_admin(by)
    rows = IssuerProposal.objects.select_for_update(of=("self",)) if lock else IssuerProposal.objects.all()
    return _found(rows.filter(pk=proposal_id).first())


def open_proposals(by: User, now: datetime) -> "QuerySet[IssuerProposal]":
    """What waits for a second admin."""
    permissions.check_template_admin(by)
    return IssuerProposal.objects.filter(OPEN_PROPOSAL, expires_at__gt=now).select_related("asked_by")


def allowed_policies(issuer: Issuer) -> "QuerySet[IssuerPolicy]":
    """What its templates may name: ``arn``, ``digest`` ("" while nobody has read it), ``read_at``."""
    return IssuerPolicy.objects.filter(ALLOWED, issuer=issuer).select_related("allowed_by")


def health_of(issuer: Issuer, now: datetime) -> IssuerHealth:
    """From the attempts on record, its circuit, and the revoke worker's last reading."""
    attempts = IssueAttempt.objects.filter(Q(grant__issuer=issuer) | Q(issuer=issuer))
    counted = attempts.aggregate(
        last=Max("finished_at", filter=Q(outcome__in=[Outcome.MINTED, Outcome.DISCARDED])),
        throttled=Count("pk", filter=Q(error_code=THROTTLED, finished_at__gt=now - HOUR)),
    )
    clocked = attempts.exclude(clock_ahead=None).order_by("-finished_at").first()
    return IssuerHealth(
        issuer=issuer,
        circuit=open_circuit_of(issuer),
        reading=IssuerReading.objects.filter(issuer=issuer).first(),
        last_success=counted["last"],
        throttled=counted["throttled"],
        clock_ahead=clocked.clock_ahead if clocked else None,
        clock_at=clocked.finished_at if clocked else None,
        live=Grant.objects.filter(issuer=issuer, state__in=[State.ISSUED, State.REVEALED], ends_at__gt=now).count(),
    )


def unread_issuers(now: datetime) -> list[UUID]:
    """Active issuers that nobody has tried to read lately, or with a policy that is older than that."""
    late = now - READ_EVERY
    never, old = Q(reading=None), Q(reading__tried_at__lt=late)
    return list(Issuer.objects.filter(never | old, is_active=True).values_list("pk", flat=True))


def _found(row: T | None) -> T:
    if row is None:
        raise NotFoundError
    return row
