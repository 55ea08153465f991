"""Everything an operator can get wrong, looked at with what this process has; what it has not, it says."""

from collections.abc import Iterator

from django.conf import settings
from django.utils import timezone

from grants.flows.doctor import (
    Place,
    examine_approver_keys,
    examine_issuers,
    examine_life,
    examine_mail_key,
    examine_sealed_rows,
)
from grants.values import Finding
from portal.doctor.broker import examine_broker
from portal.doctor.company import examine_company
from portal.doctor.database import examine_database
from portal.doctor.mail import examine_mail
from portal.doctor.seals import examine_rest
from portal.doctor.site import examine_site


def examine(*, place: Place | None, mail_to: str) -> Iterator[Finding]:
    """In the order in which one thing rests on another; without a database only what needs none."""
    is_up = yield from examine_database()
    yield from examine_broker()
    yield from examine_site()
    yield from examine_company()
    yield from examine_mail(mail_to=mail_to)
    if is_up:
        yield from _with_database(place)


def _with_database(place: Place | None) -> Iterator[Finding]:
    process = settings.DAYPASS_PROCESSES
    is_any = "manage" in process
    yield from examine_life(now=timezone.now())
    if is_any or "web" in process:  # no worker's role reads who has enrolled what
        yield from examine_approver_keys()
    if settings.SEALING_KEYS:
        yield from examine_sealed_rows(key_ids=settings.SEALING_KEYS)
    if settings.SEALING_KEYS and (is_any or "web" in process):
        yield from examine_rest()
    if settings.MAIL_SEALING_KEYS:
        yield from examine_mail_key(key_ids=settings.MAIL_SEALING_KEYS)
    mints, revokes = is_any or "issue" in process, is_any or "revoke" in process
    if mints or revokes:
        yield from examine_issuers(mints=mints, revokes=revokes, must=not is_any, place=place, clock=timezone.now)
