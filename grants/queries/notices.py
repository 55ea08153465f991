"""Who wants to be told what, and who was told enough."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from grants.lifecycle import UNDECIDED
from grants.models import Decision, Grant, NoticeChoice, Nudge, OutboxMail, RequestRule, User
from grants.models.decision import STANDS
from grants.models.notice import NudgeKind
from grants.permissions import persons_bound_to
from grants.policy import notices
from grants.policy.notices import family_of
from grants.queries.issuers import template_admin_addresses
from grants.queries.pages import approver_addresses
from grants.queries.work import BATCH


def wants_mail(event: str, address: str) -> bool:
    """Whether whoever reads ``address`` has not switched these mails off; about security nobody has."""
    family = family_of(event)
    if family is None:
        return True
    chosen = NoticeChoice.objects.filter(user__email=address, family=family.key).values_list("by_mail", flat=True)
    return next(iter(chosen), family.is_on)


def has_had_many(address: str, now: datetime) -> bool:
    """Whether so many requests were announced to ``address`` within minutes that one mail should say the rest."""
    recent = OutboxMail.objects.filter(event=notices.DIGESTED, to_address=address, created_at__gt=now - notices.WINDOW)
    return recent.count() >= notices.MANY


def choices_of(by: User) -> dict[str, bool]:
    """What this person has chosen, or the default, for every family."""
    chosen = dict(NoticeChoice.objects.filter(user=by).values_list("family", "by_mail"))
    return {family.key: chosen.get(family.key, family.is_on) for family in notices.FAMILIES}


def undecided_since(before: datetime, kind: NudgeKind) -> list[UUID]:
    """Requests as old as that, for which ``kind`` was not done yet, oldest first."""
    rows = _without(kind).filter(state__in=sorted(UNDECIDED), requested_at__lte=before).order_by("requested_at")
    return list(rows.values_list("pk", flat=True)[:BATCH])


def decided_since(after: datetime) -> list[UUID]:
    """Requests that somebody has decided lately, and somebody else was asked who was not told."""
    decided = Exists(Decision.objects.filter(grant=OuterRef("pk"), decided_at__gt=after))
    own = Decision.objects.filter(grant=OuterRef("grant"), decider__email=OuterRef("to_address"))
    asked = OutboxMail.objects.filter(~Exists(own), grant=OuterRef("pk"), event=notices.DIGESTED)
    rows = _without(NudgeKind.DECIDED).filter(decided, Exists(asked), state_at__gt=after)
    rows = rows.exclude(state__in=sorted(UNDECIDED))
    return list(rows.order_by("state_at").values_list("pk", flat=True)[:BATCH])


def asked_but_not_decided(grant: Grant) -> list[str]:
    """Approvers who were told of this request, and are not among those who decided."""
    told = grant.mails.filter(event=notices.DIGESTED).values_list("to_address", flat=True)
    deciders = grant.decisions.values_list("decider__email", flat=True)
    return sorted((set(told) & set(approver_addresses(grant))) - set(deciders))


def undecided_approvers(grant: Grant) -> list[str]:
    """Approvers who may still decide: of several groups, not those who signed already."""
    signed = grant.decisions.filter(STANDS, snapshot_hash=grant.snapshot_hash).values_list("decider__email", flat=True)
    return sorted(set(approver_addresses(grant)) - set(signed))


def escalation_addresses(grant: Grant) -> list[str]:
    """Whom the template names for requests that nobody decides, or the template admins; never who is bound to it."""
    rule = RequestRule.objects.filter(template=grant.template_version.template).first()
    if rule is None or not rule.escalate_to:
        return template_admin_addresses()
    staff = User.objects.filter(is_active=True, is_staff=True, groups__name=rule.escalate_to)
    found = staff.exclude(person__in=persons_bound_to(grant)).order_by("email").values_list("email", flat=True)
    return list(found) or template_admin_addresses()


def _without(kind: NudgeKind) -> "QuerySet[Grant]":
    return Grant.objects.filter(~Q(Exists(Nudge.objects.filter(grant=OuterRef("pk"), kind=kind))))
