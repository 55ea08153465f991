"""Who stands in for whom."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from grants import permissions
from grants.errors import NotFoundError
from grants.models import Decision, Deputy, Grant, OutboxMail, User
from grants.models.deputy import NOT_ENDED
from grants.models.person import AUDITORS, TEMPLATE_ADMINS
from grants.policy import notices


def possible_deputies(by: User) -> list[tuple[User, list[str]]]:
    """Everybody else who signs for one of their groups, with those groups."""
    permissions.check_approver(by)
    groups = by.roles - {AUDITORS, TEMPLATE_ADMINS}
    staff = User.objects.filter(is_active=True, is_staff=True, groups__name__in=sorted(groups)).distinct()
    people = staff.exclude(person=by.person).prefetch_related("groups").order_by("full_name", "email")
    return [(user, sorted({group.name for group in user.groups.all()} & groups)) for user in people]


def deputies_of(by: User) -> "QuerySet[Deputy]":
    """Where they are away or stand in, the newest first."""
    rows = Deputy.objects.select_related("absent", "deputy", "ended_by")
    return rows.filter(Q(absent_person=by.person) | Q(deputy_person=by.person))


def deputy_for(by: User, deputy_id: UUID) -> Deputy:
    """One of them."""
    permissions.check_approver(by)
    found = deputies_of(by).filter(pk=deputy_id).first()
    if found is None:
        raise NotFoundError
    return found


def standing_in(now: datetime) -> "QuerySet[Deputy]":
    """Everybody who stands in now, for people who are still here, both still in the group."""
    rows = Deputy.objects.filter(NOT_ENDED, ends_at__gt=now, absent__is_active=True, deputy__is_active=True)
    return rows.select_related("absent", "deputy").order_by("named_at")


def names_of_absent(by: User, grant: Grant, now: datetime) -> list[str]:
    """Of those for whom ``by`` stands in while this grant is decided."""
    rows = standing_in(now).filter(deputy_person=by.person, group__in=grant.template_version.approver_groups)
    return [str(row.absent) for row in rows.exclude(absent_person__in=permissions.persons_bound_to(grant))]


def absent_for(*, by: User, grant: Grant, group: str, now: datetime) -> User | None:
    """For whom else ``by`` decides, signing for ``group``: never for somebody who is bound to it or has decided."""
    decided = Decision.objects.filter(grant=grant, snapshot_hash=grant.snapshot_hash)
    rows = standing_in(now).filter(deputy_person=by.person, group=group, absent__groups__name=group)
    rows = rows.exclude(absent_person__in=permissions.persons_bound_to(grant))
    found = rows.exclude(absent_person__in=decided.values("decider_person")).first()
    return found.absent if found else None


def copies_of(event: str, address: str, grant: Grant | None, now: datetime) -> list[tuple[str, str]]:
    """(mail address, whom they stand in for) of those who get a copy of a mail to ``address``, each once.

    Of several who are away, and of their own, one such mail in the same moment is enough.
    """
    if event not in notices.OF_SIGNERS:
        return []
    found = {row.deputy.email: str(row.absent) for row in standing_in(now).filter(absent__email=address)}
    same = OutboxMail.objects.filter(event=event, to_address__in=found, grant=grant, created_at=now)
    had = set(same.values_list("to_address", flat=True))
    return [(deputy, absent) for deputy, absent in found.items() if deputy not in had]
