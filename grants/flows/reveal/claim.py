"""Credentials that are made only when their recipient is there: asked of AWS now, sealed to the link they hold."""

from datetime import datetime

from grants import audit, dispatch, ledger, policies, queries
from grants.errors import LinkRevokedError, NoFreshIssueError
from grants.models import Grant, PickupLink, SealedCredential
from grants.models.link import FATES
from grants.models.rows import compare_and_set
from grants.values import Origin


def claim_link(*, grant: Grant, link: PickupLink, origin: Origin, now: datetime) -> None:
    """The check is passed: the issue worker is rung. ApprovalMissingError where the approval no longer stands."""
    policies.check_approvals(grant, now)
    _ask(grant=grant, link=link, event="grant.claimed", facts={}, origin=origin, now=now)


def renew_issue(*, grant: Grant, link: PickupLink, origin: Origin, now: datetime) -> None:
    """Little is left of what waits here: it is wiped and denied by name, and AWS asked again, for the whole time."""
    if not policies.may_renew(grant, queries.issues_of(grant), now):
        raise NoFreshIssueError
    policies.check_approvals(grant, now)
    policies.check_contract(grant.vendor, grant.seconds, now)
    wiped = SealedCredential.objects.filter(grant=grant, wiped_at=None).update(ciphertext=None, wiped_at=now)
    denied = ledger.deny_live_sessions(grant, now)
    facts: dict[str, audit.Fact] = {"wiped": bool(wiped), "denied": denied}
    _ask(grant=grant, link=link, event="grant.renewed", facts=facts, origin=origin, now=now)


def _ask(
    *, grant: Grant, link: PickupLink, event: str, facts: dict[str, audit.Fact], origin: Origin, now: datetime
) -> None:
    live = {"pk": link.pk, "expires_at__gt": now, **dict.fromkeys(FATES)}
    if not compare_and_set(PickupLink, live, {"claimed_at": now}):
        raise LinkRevokedError
    link.claimed_at = now
    ledger.move_grant(
        grant=grant,
        event=event,
        actor=audit.RECIPIENT,
        now=now,
        facts={"link": str(link.pk), **facts},
        personal={"ip": origin.ip or "unknown", "agent": origin.agent[:200]},
        changes={"due_at": now, "tries": 0},
    )
    dispatch.ring_after_commit(dispatch.ISSUE, grant.pk)
