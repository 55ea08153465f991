"""One real call of 900 seconds under a name that the issuer denies for good; what it mints is thrown away."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from django.db import transaction

from grants import audit, policies, queries
from grants.errors import GrantError, StsError
from grants.flows.doctor.finding import failed, ok, warned
from grants.gateways import s3, sts
from grants.models import IssueAttempt, Issuer
from grants.models.attempt import Outcome, Purpose, handle_of
from grants.policy.durations import GET_SESSION_TOKEN, operation_of
from grants.policy.listing import listing_policy
from grants.values import SECONDS_MIN, FederationRequest, Finding, Minted, by_kind, new_reference

TAGS: Final = (("daypass:grant", "doctor"), ("daypass:vendor", "doctor"))
NOT_DRY: Final = (
    "A session issuer cannot be tried dry: GetSessionToken names nobody and gives all that its user may. "
    "Its first grant tells."
)


def dry_run(*, issuer: Issuer, where: tuple[str, str], clock: Callable[[], datetime]) -> Iterator[Finding]:
    """Mint, try to read with it, throw it away: minting must work and reading must not. On record like every call."""
    if operation_of(issuer.ref) == GET_SESSION_TOKEN:
        yield ok(f"{issuer}: not tried by a dry run. {NOT_DRY}")
        return
    if queries.is_fenced():
        yield warned(f"{issuer}: no dry run, because the database is fenced", "First see to the fence, named below.")
        return
    bucket, prefix = where
    attempt = _begin(issuer, clock())
    try:
        minted = _mint(issuer, attempt.name, listing_policy(issuer.partition, bucket or "daypass-doctor"))
    except GrantError as error:
        _end(issuer, attempt, clock(), error=error)
        yield failed(f"{issuer}: a dry run of 15 minutes was refused. {error.sentence} ({error.code})", error.way_on)
        return
    answer = (
        s3.try_listing(bucket=bucket, prefix=prefix, region=issuer.region, credentials=minted.credentials)
        if bucket
        else ""
    )
    _end(issuer, attempt, clock(), minted=minted)
    yield ok(f"{issuer}: mints, with policy and tags ({attempt.name}, thrown away)")
    yield _denied(issuer, attempt.name, bucket, answer)


def _denied(issuer: Issuer, name: str, bucket: str, answer: str) -> Finding:
    if not bucket:
        return warned(f"{issuer}: whether dry runs are denied was not tried", "Publish a template, or give --bucket.")
    if answer in s3.REFUSED:
        return ok(f"{issuer}: the credentials of {name} are refused in {bucket}, as those of every dry run must be")
    if answer == s3.LISTED:
        return failed(
            f"{issuer}: the credentials of the dry run {name} could list {bucket}",
            "Deploy deploy/iam again: dry-… is denied there for good, and data is for dp-… alone.",
        )
    return warned(f"{issuer}: S3 did not say whether dry runs are denied ({answer})", "Name a bucket that exists.")


def _mint(issuer: Issuer, name: str, policy: str) -> Minted:
    request = FederationRequest(name, policy, (), TAGS, SECONDS_MIN)
    return sts.mint(issuer=issuer.ref, request=by_kind(issuer.ref, request))


def _begin(issuer: Issuer, now: datetime) -> IssueAttempt:
    with transaction.atomic():
        attempt = IssueAttempt.objects.create(
            issuer=issuer,
            purpose=Purpose.DOCTOR,
            number=1,
            name=f"dry-{new_reference()}-1",
            seconds=SECONDS_MIN,
            started_at=now,
            lease_until=now + policies.LEASE,
        )
        _record("dry_run.began", issuer, {"attempt": attempt.name})
    return attempt


def _end(
    issuer: Issuer,
    attempt: IssueAttempt,
    now: datetime,
    *,
    minted: Minted | None = None,
    error: GrantError | None = None,
) -> None:
    lost = isinstance(error, StsError) and error.may_have_minted
    outcome = Outcome.DISCARDED if minted else Outcome.UNKNOWN if lost else Outcome.FAILED
    handle = handle_of(minted) if minted else {}
    refusal = {"error_code": error.code, "error_detail": error.detail[:500]} if error else {}
    with transaction.atomic():
        pending = IssueAttempt.objects.filter(pk=attempt.pk, outcome=Outcome.PENDING)
        pending.update(finished_at=now, outcome=outcome, **handle, **refusal)
        _record("dry_run.ended", issuer, {"attempt": attempt.name, "outcome": outcome.value, **refusal})


def _record(kind: str, issuer: Issuer, facts: dict[str, audit.Fact]) -> None:
    audit.record_event(
        kind=kind, subject=f"issuer {issuer.account_id}", actor=audit.OPERATOR, facts={"issuer": issuer.name, **facts}
    )
