"""What is used of every limit that a request meets, read under locks when it is about to be saved."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import F, Func, Q, QuerySet, Value

from grants.lifecycle import LIVE, UNDECIDED, State
from grants.models import Grant, GrantTemplate, RequestRule, User, Vendor
from grants.models.grant import CONTINUES
from grants.policy.mailbox import mailbox_of
from grants.policy.quota import Quota, Use
from grants.policy.sentence import describe_seconds
from grants.queries.vendors import seconds_used

OPEN: Final = sorted(UNDECIDED | LIVE)
DAY: Final = timedelta(days=1)
# As the constraint user_one_per_mailbox has it, so that its index answers.
MAILBOX: Final = Func("email", Value(r"(.)\+[^@]*@"), Value(r"\1@"), function="regexp_replace")


def hold_open(*, users: list[User], vendor: Vendor) -> bool:
    """Keep accounts and vendor as they are until the commit, and say whether all of them are open.

    Closing, freezing and leaving wait for these locks, so that no request slips in behind their backs.
    """
    ids = sorted({user.pk for user in users})
    with connection.cursor() as cursor:
        cursor.execute("SELECT is_active FROM grants_user WHERE id = ANY(%s) ORDER BY id FOR SHARE", [ids])
        are_active = [is_active for (is_active,) in cursor.fetchall()]
        cursor.execute("SELECT is_active FROM grants_vendor WHERE id = %s FOR SHARE", [vendor.pk])
        return all([len(are_active) == len(ids), *are_active, *(is_active for (is_active,) in cursor.fetchall())])


def hold_quotas(*, recipient: User, template: GrantTemplate, vendor: Vendor) -> None:
    """One request at a time for each limit that is set, until the commit; in one order, so that none wait for ever."""
    rules = RequestRule.objects.filter(Q(template=template) | Q(template=None))
    keys = [f"quota template {template.pk}" if rule.template_id else _person_key(recipient) for rule in rules]
    keys += [f"quota vendor {vendor.pk}"] * (vendor.month_hours is not None)
    with connection.cursor() as cursor:
        for key in sorted(keys):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def uses_of(
    *, by: User, recipient: User, template: GrantTemplate, seconds: int, previous: Grant | None, now: datetime
) -> Iterator[Use]:
    """Every limit that is set, with what is used of it and what this request would add; said to ``by``, who asks.

    What goes on from ``previous`` takes its place, and so adds nothing to how many there are at once.
    """
    other, vendor = (None if by.person == recipient.person else recipient), recipient.vendor
    rules = {rule.template_id: rule for rule in RequestRule.objects.filter(Q(template=template) | Q(template=None))}
    if (rule := rules.get(None)) is not None:
        yield from _of_person(rule, _grants_of(recipient), other, previous, now)
    if (rule := rules.get(template.pk)) is not None:
        yield from _of_template(rule, Grant.objects.filter(template_version__template=template), previous, now)
    if vendor is not None and vendor.month_hours is not None:
        yield _of_vendor(vendor, seconds, now, is_theirs=other is None)


def _person_key(recipient: User) -> str:
    return f"quota person {mailbox_of(recipient.email)}"


def _grants_of(recipient: User) -> "QuerySet[Grant]":
    """Of the human behind the mailbox, whichever account they use."""
    same = User.objects.alias(mailbox=MAILBOX).filter(mailbox=mailbox_of(recipient.email)).values("pk")
    return Grant.objects.filter(Q(recipient__in=same) | Q(recipient_person=recipient.person))


def _of_person(
    rule: RequestRule, grants: "QuerySet[Grant]", other: User | None, previous: Grant | None, now: datetime
) -> Iterator[Use]:
    if (most := rule.live_max) is not None:
        used, first = _open_ones(grants)
        held = f"{first.reference} {_until(first)}" if first else ""
        who, hand = (f"{other} has", "Have one handed back") if other else ("You have", "Hand one back")
        way_on = f"{held}. {hand} or withdraw one, or ask again later."
        sentence = f"{who} {used} of {most} in use or asked for: {way_on}"
        yield Use(Quota(most), used, _more(grants, previous), "template", sentence)
    if (most := rule.daily_max) is not None:
        used, free_at = _today(grants, now)
        asked = f"For {other} access was asked for" if other else "You asked"
        way_on = f"Ask again after {_moment(free_at)}."
        yield Use(Quota(most), used, 1, "template", f"{asked} {used} times of {most} in 24 hours. {way_on}")


def _of_template(rule: RequestRule, grants: "QuerySet[Grant]", previous: Grant | None, now: datetime) -> Iterator[Use]:
    """Others' references are nothing to tell a contractor: only when there is room again."""
    if (most := rule.live_max) is not None:
        used, first = _open_ones(grants)
        way_on = f"the first {_until(first)}" if first else ""
        sentence = f"Of this access {used} of {most} are in use: {way_on}. Ask later."
        yield Use(Quota(most), used, _more(grants, previous), "template", sentence)
    if (most := rule.daily_max) is not None:
        used, free_at = _today(grants, now)
        way_on = f"Ask again after {_moment(free_at)}."
        yield Use(Quota(most), used, 1, "template", f"This access was asked for {used} times of {most} today. {way_on}")


def _of_vendor(vendor: Vendor, seconds: int, now: datetime, *, is_theirs: bool) -> Use:
    most, used = (vendor.month_hours or 0) * 3600, seconds_used([vendor.pk], now).get(vendor.pk, 0)
    left = describe_seconds(max(most - used, 0)) or "nothing"
    company, contact = ("Your company", "your contact") if is_theirs else (vendor.name, "a template admin")
    sentence = f"{company} has {left} left of its {vendor.month_hours} hours this month. "
    return Use(Quota(most), used, seconds, "hours", f"{sentence}Ask for less, or ask {contact} for more.")


def _open_ones(grants: "QuerySet[Grant]") -> tuple[int, Grant | None]:
    """How many are not over, an extension and what it goes on from as one, and the one that ends first."""
    rows = grants.filter(state__in=OPEN).exclude(CONTINUES).order_by(F("ends_at").asc(nulls_last=True), "requested_at")
    return rows.count(), rows.first()


def _more(grants: "QuerySet[Grant]", previous: Grant | None) -> int:
    """How many a request adds: none when it goes on from one that runs, and so is counted already."""
    return 0 if previous and grants.filter(pk=previous.pk, state=State.REVEALED).exists() else 1


def _today(grants: "QuerySet[Grant]", now: datetime) -> tuple[int, datetime]:
    """How many were asked for in the last 24 hours, and when the first of them is older."""
    times = list(
        grants.filter(requested_at__gt=now - DAY).order_by("requested_at").values_list("requested_at", flat=True)
    )
    return len(times), (times[0] if times else now) + DAY


def _until(grant: Grant) -> str:
    if grant.ends_at:
        return f"ends {_moment(grant.ends_at)}"
    return "waits for a decision" if grant.state in UNDECIDED else "is being prepared or waits to be picked up"


def _moment(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc:%a} {utc.day} {utc:%b %Y, %H:%M} UTC"


def rule_of(template: GrantTemplate | None) -> RequestRule:
    """The rule as it is, or one without any limit."""
    found = RequestRule.objects.filter(template=template).first()
    return found or RequestRule(template=template)


def rules_by_template() -> dict[UUID | None, RequestRule]:
    """Every rule there is."""
    return {rule.template_id: rule for rule in RequestRule.objects.all()}
