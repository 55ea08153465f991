"""The approver's queue: all that somebody may decide, and nothing that they may not, a page at a time.

Every question is answered from an index in the order in which the page shows it, so that a hundred thousand requests
cost what a thousand do; counts stop at ``MANY``.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Prefetch, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Upper

from grants import permissions
from grants.lifecycle import State
from grants.models import Decision, Grant, GrantTemplate, TemplateVersion, User, Vendor
from grants.policies import REQUEST_LIFE
from grants.policy.mailbox import FREE_MAIL
from grants.policy.signers import ON_CALL
from grants.queries.pages import RELATED, signatures_by
from grants.queries.questions import ASKED, UNANSWERED

PAGE: Final = 50
MANY: Final = 100
SOON: Final = timedelta(days=14)
FAR: Final = datetime(9999, 1, 1, tzinfo=UTC)
FOUND_MAX: Final = 200
FREE_DOMAIN: Final = rf"@([a-z0-9-]+\.)*({'|'.join(map(re.escape, sorted(FREE_MAIL)))})$"


@dataclass(frozen=True, slots=True)
class QueueAsk:
    """What somebody wants to see, as the address says it; ``after`` and ``before`` are references."""

    show: str = "waiting"
    vendor: str = ""
    template: str = ""
    flag: str = ""
    words: str = ""
    sort: str = "oldest"
    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of it. ``counts`` says for each way to show it how many there are, up to ``MANY`` + 1."""

    grants: list[Grant]
    counts: dict[str, int]
    has_before: bool
    has_after: bool
    templates: list[GrantTemplate]
    vendors: list[Vendor]


def queue_page(by: User, ask: QueueAsk, now: datetime) -> Queue:
    """One page of the undecided requests of their groups, but for those of which they ask, receive or invited."""
    permissions.check_approver(by)
    versions = list(
        TemplateVersion.objects.filter(_theirs(by))
        .select_related("template")
        .only("id", "template__name", "template__slug")
    )
    vendors = list(Vendor.objects.filter(is_active=True).only("name", "slug"))
    rows = _filtered(_mine(by, versions, ask.template), ask, vendors, now)
    shown = {show: narrow(rows, by, now) for show, narrow in SHOWS.items()}
    grants, has_before, has_after = _page_of(shown.get(ask.show, shown["waiting"]), _signed_for(by), ask)
    templates = {version.template.pk: version.template for version in versions}
    return Queue(
        grants=grants,
        counts=_counts(shown),
        has_before=has_before,
        has_after=has_after,
        templates=sorted(templates.values(), key=lambda template: template.name),
        vendors=vendors,
    )


def cards_among(by: User, references: Collection[str]) -> list[Grant]:
    """Those of ``references`` that one of their groups signs for, in that order, whatever became of them."""
    permissions.check_approver(by)
    rows = _signed_for(by).filter(reference__in=references)
    found = {grant.reference: grant for grant in _whole(list(rows.values_list("pk", flat=True)))}
    return [found[reference] for reference in references if reference in found]


def has_picked_up_before(grant: Grant) -> bool:
    """Whether the recipient has ever picked anything up before this was asked for."""
    earlier = Grant.objects.filter(recipient_id=grant.recipient_id, requested_at__lt=grant.requested_at)
    return earlier.filter(revealed_at__isnull=False).exists()


def last_ones(grants: Iterable[Grant]) -> dict[UUID, Grant]:
    """Of each grant with a ``last_id``, the recipient's last one of that template that was approved."""
    found = Grant.objects.in_bulk([grant.last_id for grant in grants if grant.last_id])  # type: ignore[attr-defined]  # annotated above
    return {grant.pk: found[grant.last_id] for grant in grants if grant.last_id in found}  # type: ignore[attr-defined]  # annotated above


# --- whose ----------------------------------------------------------------------------------------------------------


def _signed_for(by: User) -> "QuerySet[Grant]":
    """Whatever became of them: another's reference says nothing, also not by where it would stand in the order."""
    if ON_CALL in by.roles:
        return Grant.objects.all()
    return Grant.objects.filter(template_version__approver_groups__overlap=sorted(by.roles))


def _theirs(by: User) -> Q:
    """Whoever is on call may decide on anything, in an emergency; what waits for them is as for everybody."""
    return Q() if ON_CALL in by.roles else Q(approver_groups__overlap=sorted(by.roles))


def _mine(by: User, versions: list[TemplateVersion], template: str) -> "QuerySet[Grant]":
    bound = Q(requester_person=by.person) | Q(recipient_person=by.person) | Q(inviter_person=by.person)
    ids = [version.pk for version in versions if template in ("", version.template.slug)]
    return Grant.objects.filter(state=State.REQUESTED, template_version__in=ids).exclude(bound).order_by()


def _waiting(rows: "QuerySet[Grant]", by: User, now: datetime) -> "QuerySet[Grant]":
    """A signature of one of their groups is missing, and they have given none."""
    misses = Func(
        F("id"),
        F("template_version_id"),
        F("snapshot_hash"),
        Value(now),
        Cast(Value(sorted(by.roles)), ArrayField(TextField())),
        function="daypass_misses",
        output_field=BooleanField(),
    )
    return rows.filter(~Exists(signatures_by(by))).filter(misses)


def _signed(rows: "QuerySet[Grant]", by: User, now: datetime) -> "QuerySet[Grant]":
    """They have signed it as it is, and others have not; asked of their own decisions, as no request lives longer."""
    recent = Decision.objects.filter(decider_person=by.person, decided_at__gt=now - REQUEST_LIFE)
    return rows.filter(pk__in=recent.values("grant")).filter(Exists(signatures_by(by)))


def _all(rows: "QuerySet[Grant]", by: User, now: datetime) -> "QuerySet[Grant]":
    """Everything of which they could still say no."""
    del by, now
    return rows


SHOWS: Final[dict[str, Callable[["QuerySet[Grant]", User, datetime], "QuerySet[Grant]"]]] = {
    "waiting": _waiting,
    "signed": _signed,
    "all": _all,
}


# --- which ----------------------------------------------------------------------------------------------------------


def _filtered(rows: "QuerySet[Grant]", ask: QueueAsk, vendors: list[Vendor], now: datetime) -> "QuerySet[Grant]":
    if ask.vendor:
        rows = rows.filter(vendor__in=[vendor.pk for vendor in vendors if vendor.slug == ask.vendor])
    if ask.flag:
        rows = rows.filter(_flagged(ask.flag, now))
    if words := ask.words.strip():
        rows = rows.alias(ticket_upper=Upper("ticket")).filter(_found(words, vendors))
    return rows


def _flagged(flag: str, now: datetime) -> Q:
    """What the snapshot says is in the row; the rest depends on the day or on what came before."""
    if flag == "contract":
        return Q(vendor__contract_ends_at__lt=now + SOON)
    if flag == "free-mail":
        return Q(recipient__email__regex=FREE_DOMAIN)
    if flag == "first":
        return ~Q(Exists(_picked_up_before()))
    if flag == "asked":
        return Q(UNANSWERED)
    if flag == "answered":
        return Q(ASKED) & ~Q(UNANSWERED)
    return Q(risks__contains=[flag])


def _picked_up_before() -> "QuerySet[Grant]":
    """Approved, as whatever was picked up: so the index of what was approved serves (grant_last)."""
    return Grant.objects.filter(
        recipient=OuterRef("recipient"),
        requested_at__lt=OuterRef("requested_at"),
        approved_at__isnull=False,
        revealed_at__isnull=False,
    )


def _found(words: str, vendors: list[Vendor]) -> Q:
    """By reference, ticket, recipient or vendor; people and vendors are looked up first, so that each has its index."""
    people = User.objects.filter(Q(email__icontains=words) | Q(full_name__icontains=words))
    named = [vendor.pk for vendor in vendors if words.lower() in vendor.name.lower()]
    return (
        Q(reference__startswith=words.upper())
        | Q(ticket_upper=words.upper())
        | Q(recipient__in=list(people.values_list("pk", flat=True)[:FOUND_MAX]))
        | Q(vendor__in=named)
    )


# --- in which order -------------------------------------------------------------------------------------------------

START: Final = Coalesce("starts_at", Value(FAR))
ORDERS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "oldest": (("requested_at", ""), ("id", "")),
    "newest": (("requested_at", "-"), ("id", "-")),
    "soonest": (("start", ""), ("requested_at", ""), ("id", "")),
    "longest": (("seconds", "-"), ("id", "")),
}


def _page_of(rows: "QuerySet[Grant]", marks: "QuerySet[Grant]", ask: QueueAsk) -> tuple[list[Grant], bool, bool]:
    """A page in order, and whether there are others before and after it; it begins beyond one of ``marks``."""
    order = ORDERS.get(ask.sort, ORDERS["oldest"])
    rows = rows.alias(start=START)
    backwards = bool(ask.before)
    at = ask.before or ask.after
    mark = marks.filter(reference=at).annotate(start=START).first() if at else None
    if mark is not None:
        rows = rows.filter(_beyond(mark, order, backwards=backwards))
    by = [f"{_turned(sign, backwards)}{name}" for name, sign in order]
    pks = list(rows.order_by(*by).values_list("pk", flat=True)[: PAGE + 1])
    known = {grant.pk: grant for grant in _whole(pks)}
    found, has_more = [known[pk] for pk in pks if pk in known][:PAGE], len(pks) > PAGE
    if backwards:
        return found[::-1], has_more, mark is not None
    return found, mark is not None, has_more


def _beyond(mark: Grant, order: tuple[tuple[str, str], ...], *, backwards: bool) -> Q:
    """Past ``mark`` in ``order``. The first column alone bounds the index; the others decide among equals."""
    beyond, equal = Q(), Q()
    for name, sign in order:
        than = "lt" if bool(sign) != backwards else "gt"
        beyond |= equal & Q(**{f"{name}__{than}": getattr(mark, name)})
        equal &= Q(**{name: getattr(mark, name)})
    name, sign = order[0]
    than = "lte" if bool(sign) != backwards else "gte"
    return Q(**{f"{name}__{than}": getattr(mark, name)}) & beyond


def _turned(sign: str, backwards: bool) -> str:  # noqa: FBT001 - of a reading direction
    return "" if bool(sign) == backwards else "-"


def _whole(pks: list[UUID]) -> "QuerySet[Grant]":
    """The rows by their keys, with what they show: signatures, the last grant of the template, whether one is known."""
    last = Grant.objects.filter(
        recipient=OuterRef("recipient"),
        template_version__template=OuterRef("template_version__template"),
        requested_at__lt=OuterRef("requested_at"),
        approved_at__isnull=False,
    ).order_by("-requested_at")
    signed = Prefetch("decisions", Decision.objects.select_related("decider"))
    rows = Grant.objects.select_related(*RELATED).prefetch_related(signed)
    rows = rows.annotate(last_id=Subquery(last.values("pk")[:1]), is_known=Exists(_picked_up_before()))
    return rows.annotate(was_asked=ASKED, is_unanswered=UNANSWERED).filter(pk__in=pks)


def _counts(shown: dict[str, "QuerySet[Grant]"]) -> dict[str, int]:
    """Of each, how many, in one query that stops counting where it no longer matters."""
    parts: list[str] = []
    values: list[Any] = []
    for rows in shown.values():
        sql, params = _select(rows.values("pk")[: MANY + 1])
        parts.append(f"(SELECT count(*) FROM ({sql}) AS found)")  # noqa: S608 - compiled by Django
        values += params
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return dict(zip(shown, cursor.fetchone(), strict=True))


def _select(rows: "QuerySet[Grant, Any]") -> tuple[str, tuple[Any, ...]]:
    """As SQL; a question that can have no answer has none for Django."""
    try:
        return rows.query.sql_with_params()
    except EmptyResultSet:
        return "SELECT WHERE false", ()
