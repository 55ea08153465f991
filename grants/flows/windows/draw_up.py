"""An approver writes down what is to be approved in advance. Nothing is open before it is signed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from grants import audit, policies, queries
from grants.errors import FieldError
from grants.flows.windows.letters import tell_signers
from grants.models import TemplateVersion, User, Vendor, Window
from grants.models.person import NOBODY
from grants.models.rows import write_all
from grants.policy.snapshot import hash_of
from grants.policy.window import Named, Terms, terms_to_canonical
from grants.values import new_reference

LONGEST: Final = timedelta(days=90)
GRANTS_MOST: Final = 500
RECIPIENTS_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an approver wants approved in advance. ``ends_at`` is the last second of its last day."""

    template: str
    vendor: str
    recipients: tuple[UUID, ...]
    seconds_max: int
    grants_max: int
    ends_at: datetime
    reason: str


def draw_up_window(*, wanted: Wanted, by: User, now: datetime) -> Window:
    """Save it unsigned and ask those who may sign. FieldError names recipients, hours, times, until or reason."""
    version = queries.version_to_open(by, wanted.template)
    vendor = queries.vendor_to_open(version, wanted.vendor, now)
    policies.check_seconds(version, wanted.seconds_max)
    _check_ceiling(wanted, vendor, now)
    terms = _terms(wanted, version, vendor, by)
    text = terms_to_canonical(terms)
    window = Window(
        reference=terms.reference,
        template_version=version,
        vendor=vendor,
        text=text,
        text_hash=hash_of(text),
        reason=wanted.reason.strip(),
        ends_at=wanted.ends_at,
        drawn_up_at=now,
        drawn_up_by=by,
    )
    with transaction.atomic():
        write_all(window)
        tell_signers(window=window, by=by, now=now)
        audit.record_event(
            kind="window.drawn_up",
            subject=window.reference,
            actor=audit.actor_of(by),
            facts={
                "window_hash": window.text_hash,
                "template": str(version),
                "vendor": vendor.slug,
                "seconds_max": terms.seconds_max,
                "grants_max": terms.grants_max,
                "ends_at": terms.ends_at,
                "recipients": len(terms.recipients),
            },
            personal={"reason": window.reason, "whom": ", ".join(named.email for named in terms.recipients)},
        )
    return window


def _check_ceiling(wanted: Wanted, vendor: Vendor, now: datetime) -> None:
    if not 1 <= wanted.grants_max <= GRANTS_MOST:
        raise FieldError("times", f"Choose a number from 1 to {GRANTS_MOST}.")
    if wanted.ends_at < now + timedelta(seconds=wanted.seconds_max):
        raise FieldError("until", "Choose a later day: nothing of that length would end before it.")
    if wanted.ends_at > now + LONGEST:
        raise FieldError("until", f"Choose a day within the next {LONGEST.days} days.")
    if wanted.ends_at > vendor.contract_ends_at:
        last = vendor.contract_ends_at
        raise FieldError("until", f"The contract of {vendor.name} ends before, on {last.day} {last:%b %Y} (UTC).")
    if len(wanted.reason.strip()) < 10:  # noqa: PLR2004 - the sentence says it
        raise FieldError("reason", "Say in at least ten characters what it is for, so that others can sign it.")


def _terms(wanted: Wanted, version: TemplateVersion, vendor: Vendor, by: User) -> Terms:
    people = [user for user in queries.possible_recipients(vendor, by) if user.pk in wanted.recipients]
    if not people or len(people) != len(set(wanted.recipients)):
        raise FieldError("recipients", "Choose at least one of the people in the list.")
    if len(people) > RECIPIENTS_MOST:
        raise FieldError("recipients", f"Choose {RECIPIENTS_MOST} people at most.")
    return Terms(
        reference=new_reference(),
        vendor=vendor.slug,
        offer=version.offer(approval_seconds=int(policies.APPROVAL_LIFE.total_seconds())),
        recipients=tuple(sorted((_named(user) for user in people), key=lambda named: named.email)),
        seconds_max=wanted.seconds_max,
        grants_max=wanted.grants_max,
        ends_at=wanted.ends_at.isoformat(),
    )


def _named(user: User) -> Named:
    inviter = user.invited_by.person if user.invited_by else NOBODY
    return Named(email=user.email, person=str(user.person), inviter=str(inviter))
