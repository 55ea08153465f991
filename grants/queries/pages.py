"""What each role may read; what somebody may not see raises NotFoundError, as if it were not there."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from grants import permissions
from grants.errors import NotFoundError
from grants.lifecycle import LIVE, UNDECIDED, State
from grants.models import AuditEvent, AuditPersonal, Decision, Denial, Grant, GrantTemplate, TemplateVersion, User
from grants.models.decision import STANDS
from grants.models.person import AUDITORS
from grants.policy.signers import ON_CALL
from grants.queries.questions import UNANSWERED

RELATED: Final = ("template_version__template", "vendor", "issuer", "requester", "recipient__vendor", "previous")
PARTS: Final = (
    "decisions__decider",
    "decisions__stands_for",
    "narrowings__narrower",
    "attempts",
    "links",
    "mails",
    "denials",
)
ACTIVE: Final = tuple(sorted(LIVE))
PREVIOUS: Final = 5


def _grants() -> "QuerySet[Grant]":
    return Grant.objects.select_related(*RELATED)


def _whole() -> "QuerySet[Grant]":
    return _grants().prefetch_related(*PARTS)


def requestable_templates(by: User, *, is_sponsor: bool = False) -> list[TemplateVersion]:
    """The newest version of every template that is open to this contractor's vendor, by name.

    ``is_sponsor``: somebody asks on their behalf, which not every template allows.
    """
    permissions.check_contractor(by)
    permissions.check_terms_accepted(by)
    rows = TemplateVersion.objects.filter(
        template__retired_at=None, template__vendors=by.vendor_id, issuer__is_active=True
    ).select_related("template", "issuer")
    newest = rows.order_by("template__name", "-number").distinct("template__name")
    return [version for version in newest if ("sponsors" if is_sponsor else "contractors") in version.who_asks]


def sponsored_contractors(by: User) -> "QuerySet[User]":
    """Whom this sponsor may ask for: the open accounts of their vendors' people, let in already."""
    permissions.check_sponsor(by)
    vendors = by.sponsored_vendors.filter(is_active=True)
    people = User.objects.filter(is_active=True, waiting_since=None, vendor__in=vendors)
    return people.select_related("vendor").order_by("vendor__name", "full_name", "email")


def recipient_for(by: User, user_id: str) -> User:
    """Of a request's address: oneself, or a contractor one answers for; anybody else looks like none."""
    if not user_id:
        return by
    try:
        recipient = sponsored_contractors(by).get(pk=user_id)
    except (User.DoesNotExist, ValidationError):
        raise NotFoundError from None
    permissions.check_may_request_for(by, recipient)
    return recipient


def requests_of(by: User) -> "QuerySet[Grant]":
    """Everything this person asked for or receives, newest first."""
    rows = _grants().filter(Q(requester=by) | Q(recipient=by)).annotate(is_unanswered=UNANSWERED)
    return rows.order_by("-requested_at")


def grant_for_requester(by: User, reference: str) -> Grant:
    """One of their own grants, whole."""
    grant = _whole().filter(reference=reference).first()
    if grant is None:
        raise NotFoundError
    permissions.check_is_requester(by, grant)
    return grant


def queue_for(by: User) -> "QuerySet[Grant]":
    """Every undecided request that one of their groups must sign, oldest first; their own are shown by no queue.

    For a short look; the page itself reads ``queue_page``.
    """
    permissions.check_approver(by)
    mine = Q(template_version__approver_groups__overlap=sorted(by.roles))
    bound = Q(requester_person=by.person) | Q(recipient_person=by.person) | Q(inviter_person=by.person)
    rows = _grants().filter(mine, state=State.REQUESTED).exclude(bound).prefetch_related("decisions")
    return rows.filter(~Exists(signatures_by(by))).order_by("requested_at")


def signatures_by(by: User) -> "QuerySet[Decision]":
    """Their decisions on an outer query's grant as it is now; void are those on what it was or from before a freeze."""
    return Decision.objects.filter(
        STANDS, grant=OuterRef("pk"), snapshot_hash=OuterRef("snapshot_hash"), decider_person=by.person
    )


def card_for(by: User, reference: str) -> Grant:
    """One grant, whole, for somebody whose group signs for its template."""
    return _card_of(by, reference, _whole())


def so_far_for(by: User, reference: str) -> Grant:
    """The same with what has happened, and no more: a page asks for it again and again."""
    return _card_of(by, reference, _grants().prefetch_related("decisions__decider", "narrowings__narrower", "links"))


def _card_of(by: User, reference: str, rows: "QuerySet[Grant]") -> Grant:
    permissions.check_approver(by)
    mine = Q() if ON_CALL in by.roles else Q(template_version__approver_groups__overlap=sorted(by.roles))
    grant = rows.filter(mine, reference=reference).first()
    if grant is None:
        raise NotFoundError
    return grant


def grant_for_custodian(by: User, reference: str) -> Grant:
    """One grant for somebody who may type its MFA code."""
    grant = _grants().filter(reference=reference).first()
    if grant is None:
        raise NotFoundError
    permissions.check_may_type_code(by, grant)
    return grant


def decidable_for(by: User, reference: str) -> Grant:
    """One grant that this person may decide on, as long as it is undecided."""
    grant = card_for(by, reference)
    permissions.check_approver_can_decide(by, grant)
    return grant


def grant_for_telling(by: User, reference: str) -> Grant:
    """One grant for somebody who may tell its code."""
    grant = _grants().filter(reference=reference).first()
    if grant is None:
        raise NotFoundError
    permissions.check_may_tell_code(by, grant)
    return grant


def next_of(grant: Grant) -> Grant | None:
    """The grant that goes on from this one, if one is open or has been given."""
    return grant.next_ones.filter(state__in=sorted(UNDECIDED | LIVE)).first()


def previous_grants(grant: Grant) -> "QuerySet[Grant]":
    """This recipient's last grants before this one."""
    rows = _grants().filter(recipient_id=grant.recipient_id, requested_at__lt=grant.requested_at)
    return rows.order_by("-requested_at")[:PREVIOUS]


def spans_before(grant: Grant) -> list[tuple[datetime, datetime]]:
    """From when to when this recipient had access by the same template before, the newest 200."""
    minted = Grant.objects.filter(
        recipient_id=grant.recipient_id,
        template_version__template_id=grant.template_version.template_id,
        requested_at__lt=grant.requested_at,
        revealed_at__isnull=False,
        ends_at__isnull=False,
    )
    rows = minted.order_by("-requested_at").values_list("revealed_at", "ends_at")[:200]
    return [(begin, end) for begin, end in rows if begin and end]


def spans_of(recipient: User, version: TemplateVersion) -> list[tuple[datetime, datetime]]:
    """From when to when somebody has, had or may yet have access by a template; what came to nothing is left out.

    Nothing where the version sets no cap on it, so that nobody reads it.
    """
    if not version.consecutive_seconds:
        return []
    rows = Grant.objects.filter(recipient=recipient, template_version__template_id=version.template_id)
    rows = rows.exclude(state__in=[State.DENIED, State.WITHDRAWN, State.LAPSED, State.EXPIRED])
    return [_span(grant) for grant in rows.order_by("-requested_at")[:200]]


def _span(grant: Grant) -> tuple[datetime, datetime]:
    begin = grant.starts_at or grant.requested_at
    end = grant.ends_at or begin + timedelta(seconds=grant.seconds)
    return min(begin, end), end


def active_grants_for(by: User) -> "QuerySet[Grant]":
    """Everything approved and not over that they may revoke, soonest end first."""
    permissions.check_approver(by)
    mine = Q() if ON_CALL in by.roles else Q(template_version__approver_groups__overlap=sorted(by.roles))
    alone = Decision.objects.filter(grant=OuterRef("pk"), snapshot_hash=OuterRef("snapshot_hash"), group=ON_CALL)
    rows = _grants().filter(mine, state__in=ACTIVE).annotate(was_alone=Exists(alone))
    return rows.prefetch_related("denials", "mails").order_by("ends_at", "requested_at")


def denials_of(grant: Grant) -> list[Denial]:
    """What AWS was, or is to be, told to refuse for this grant."""
    return list(grant.denials.order_by("wanted_at"))


def story_of(by: User, reference: str) -> Grant:
    """One grant, whole, for an auditor."""
    permissions.check_auditor(by)
    grant = _whole().filter(reference=reference).first()
    if grant is None:
        raise NotFoundError
    return grant


def audit_rows(by: User, reference: str) -> "QuerySet[AuditEvent]":
    """A grant's audit rows in order."""
    permissions.check_auditor(by)
    return AuditEvent.objects.filter(subject=reference).order_by("seq")


def personal_values(by: User, events: Iterable[AuditEvent]) -> dict[UUID, dict[str, str]]:
    """The personal values of these rows, by row and field; one that was erased is not there."""
    permissions.check_auditor(by)
    found: defaultdict[UUID, dict[str, str]] = defaultdict(dict)
    for side in AuditPersonal.objects.filter(event__in=[event.pk for event in events]):
        found[side.event][side.field] = side.value
    return dict(found)


def search_grants(by: User, words: str) -> "QuerySet[Grant]":
    """Grants by reference, person, vendor, bucket, access key id or federated name, newest first."""
    permissions.check_auditor(by)
    rows = _grants().select_related("window").order_by("-requested_at")
    if not (term := words.strip()):
        return rows
    found = (
        Q(reference__iexact=term)
        | Q(window__reference__iexact=term)
        | Q(recipient__email__icontains=term)
        | Q(requester__email__icontains=term)
        | Q(vendor__name__icontains=term)
        | Q(template_version__buckets__contains=[term.lower()])
        | Q(attempts__access_key_id=term)
        | Q(attempts__name=term)
        | Q(attempts__federated_id=term)
        | Q(attempts__federated_arn=term)
    )
    return rows.filter(pk__in=Grant.objects.filter(found).values("pk"))


def templates_for_admin(by: User) -> "QuerySet[GrantTemplate]":
    """Every template with its versions, newest first."""
    permissions.check_template_admin(by)
    versions = TemplateVersion.objects.select_related("issuer", "published_by").order_by("-number")
    return GrantTemplate.objects.prefetch_related(Prefetch("versions", queryset=versions), "vendors")


def editable_template(by: User, slug: str) -> GrantTemplate:
    """One template with its versions."""
    template = templates_for_admin(by).filter(slug=slug).first()
    if template is None:
        raise NotFoundError
    return template


def approver_addresses(grant: Grant) -> list[str]:
    """Mail addresses of everybody who may decide on this grant."""
    return list(_deciders(grant).values_list("email", flat=True))


def addresses_to_warn(grant: Grant) -> Iterable[str]:
    """Both sides of a locked link: the recipient and whoever approved."""
    signers = grant.decisions.filter(verdict="approve").values_list("decider__email", flat=True)
    return sorted({grant.recipient.email, *signers})


def _deciders(grant: Grant) -> "QuerySet[User]":
    persons = permissions.persons_bound_to(grant)
    staff = User.objects.filter(is_active=True, is_staff=True, groups__name__in=grant.template_version.approver_groups)
    return staff.exclude(groups__name=AUDITORS).exclude(person__in=persons).distinct().order_by("email")
