"""Doorbells: one id each, idempotent; the work is in the flows."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from grants.flows.check_invariants import check_invariants
from grants.flows.deliver import deliver_mail
from grants.flows.enforce import enforce_denials
from grants.flows.expire import expire_due
from grants.flows.issue import issue_grant
from grants.flows.issuers import read_at_iam
from grants.flows.recover import recover_attempts
from grants.flows.remind import remind_due
from grants.flows.sweep import sweep_denials, sweep_grants, sweep_mails, sweep_tests, sweep_unread
from grants.flows.templates import measure
from grants.flows.warn import warn_due
from grants.flows.webhooks import gather_events, send_delivery
from grants.flows.wipe_codes import wipe_codes
from grants.flows.work_off import ISSUES, MAILS, work_off


def _mint(grant_id: UUID) -> bool:
    return issue_grant(grant_id=grant_id, clock=timezone.now)


def _hand_over(mail_id: UUID) -> bool:
    return deliver_mail(mail_id=mail_id, clock=timezone.now)


@shared_task(name="grants.issue")
def issue(grant_id: str) -> None:
    """Mint for one approved grant, then for whatever else is due."""
    work_off(first=UUID(grant_id), backlog=ISSUES, do=_mint, clock=timezone.now)


@shared_task(name="grants.test_template")
def test_template(test_id: str) -> None:
    """Ask STS whether it takes one draft."""
    measure(test_id=UUID(test_id), clock=timezone.now)


@shared_task(name="grants.revoke")
def revoke(issuer_id: str) -> None:
    """Write what is wanted on one issuer's Deny policy."""
    enforce_denials(issuer_id=UUID(issuer_id), clock=timezone.now)


@shared_task(name="grants.read_issuer")
def read_issuer(issuer_id: str) -> None:
    """Read at IAM what there is to know about one issuer."""
    read_at_iam(issuer_id=UUID(issuer_id), clock=timezone.now)


@shared_task(name="grants.sweep_readings")
def sweep_readings() -> None:
    """Ring for every issuer that has not been read lately."""
    sweep_unread(now=timezone.now())


@shared_task(name="grants.deliver")
def deliver(mail_id: str) -> None:
    """Hand one mail to the mail server, then whatever else is due."""
    work_off(first=UUID(mail_id), backlog=MAILS, do=_hand_over, clock=timezone.now)


@shared_task(name="grants.send")
def send(delivery_id: str) -> None:
    """Send one message of a webhook."""
    send_delivery(delivery_id=UUID(delivery_id), clock=timezone.now)


@shared_task(name="grants.sweep_webhooks")
def sweep_webhooks() -> None:
    """Make messages of what is new in the audit log, and ring for those that are due."""
    gather_events(now=timezone.now())


@shared_task(name="grants.sweep_issue")
def sweep_issue() -> None:
    """Give up on lost answers, and ring for every grant that is due and every test that waits."""
    wipe_codes(now=timezone.now())
    recover_attempts(now=timezone.now())
    sweep_grants(now=timezone.now())
    sweep_tests(now=timezone.now())


@shared_task(name="grants.sweep_revoke")
def sweep_revoke() -> None:
    """Ring for every issuer with a Deny to write or to lift."""
    sweep_denials(now=timezone.now())


@shared_task(name="grants.sweep_mail")
def sweep_mail() -> None:
    """Ring for every mail that is due."""
    sweep_mails(now=timezone.now())


@shared_task(name="grants.expire")
def expire() -> None:
    """End what is over, and tell whose access is about to."""
    wipe_codes(now=timezone.now())
    expire_due(now=timezone.now())
    warn_due(now=timezone.now())


@shared_task(name="grants.remind")
def remind() -> None:
    """Remind and escalate what waits; tell those who were asked that somebody else has decided."""
    remind_due(now=timezone.now())


@shared_task(name="grants.check_invariants")
def check() -> None:
    """Look whether all that must hold does."""
    check_invariants(now=timezone.now())
