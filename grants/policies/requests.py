"""What may be asked for: by whom, for how long, from when, why, and how much of it."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from grants.errors import FieldError
from grants.models import TemplateVersion
from grants.models.template import Mint
from grants.policy.quota import Use
from grants.policy.said import check_said
from grants.policy.sentence import describe_seconds
from grants.policy.streak import row_before
from grants.policy.template.value import WHO_ASKS
from grants.policy.ticket import TICKET_LENGTH
from grants.values import QUARTER

CONTRACTORS, SPONSORS = WHO_ASKS
BOOKED_AHEAD: Final = timedelta(days=90)
REQUEST_LIFE: Final = timedelta(days=7)


def check_seconds(version: TemplateVersion, seconds: int) -> None:
    """Quarter hours within the template's bounds."""
    if seconds % QUARTER or not version.min_seconds <= seconds <= version.max_seconds:
        low, high = describe_seconds(version.min_seconds), describe_seconds(version.max_seconds)
        raise FieldError("hours", f"Choose between {low} and {high}, in quarter hours.")


def check_in_a_row(
    version: TemplateVersion, spans: Iterable[tuple[datetime, datetime]], start: datetime, seconds: int
) -> None:
    """No longer without a break than the template lets one person have it, extensions included."""
    most = version.consecutive_seconds
    if most and (had := row_before(spans, start)) + timedelta(seconds=seconds) > timedelta(seconds=most):
        already = describe_seconds(int(had.total_seconds()) // QUARTER * QUARTER) or "less than a quarter hour"
        raise FieldError(
            "hours",
            f"This is given for {describe_seconds(most)} in a row at most, of which {already} are taken. "
            "Ask for less, or again after a break of eight hours.",
        )


def check_who_asks(version: TemplateVersion, *, is_sponsor: bool) -> None:
    """Contractors for themselves, sponsors on their behalf, or both."""
    if (SPONSORS if is_sponsor else CONTRACTORS) not in version.who_asks:
        other = "the contractor has to ask for it themselves" if is_sponsor else "your sponsor has to ask for it"
        raise FieldError("template", f"This is not asked for like this: {other}.")


def check_ticket(version: TemplateVersion, ticket: str) -> None:
    """Of a bearable length, and the whole of it matches the template's pattern, where it has one."""
    if len(ticket) > TICKET_LENGTH:
        raise FieldError("ticket", f"Give the ticket in at most {TICKET_LENGTH} characters.")
    if version.ticket_pattern and not re.fullmatch(version.ticket_pattern, ticket, re.ASCII):
        raise FieldError("ticket", f"Give the ticket in this form: {version.ticket_hint or version.ticket_pattern}.")


def check_start(version: TemplateVersion, starts_at: datetime | None, now: datetime) -> None:
    """None is at once; else a quarter hour that is to come, within three months. Some templates want it booked."""
    if starts_at is None:
        if version.mint == Mint.AT_START:
            raise FieldError("start", "Choose the day and time at which it begins.")
        return
    if starts_at.second or starts_at.microsecond or starts_at.minute % 15:
        raise FieldError("start", "Choose a full quarter of an hour, such as 9:00 or 9:15.")
    if starts_at <= now:
        raise FieldError("start", "This time is over. Choose a later one, or “as soon as it is approved”.")
    if starts_at > now + BOOKED_AHEAD:
        raise FieldError("start", f"Choose a time within the next {BOOKED_AHEAD.days} days.")


def check_folder(version: TemplateVersion, folder: str) -> None:
    """The whole of it matches the template's pattern; without one there is none to name."""
    wanted = version.folder_hint or version.folder_pattern
    if version.folder_pattern and not re.fullmatch(version.folder_pattern, folder, re.ASCII):
        raise FieldError("folder", f"Name the folder in this form: {wanted}.")
    if folder and not version.folder_pattern:
        raise FieldError("folder", "This access has no folder to name.")


def check_reason(reason: str) -> None:
    """A reason that says something: ten characters at least, no control characters."""
    check_said(reason, "reason", "Say in at least ten characters what you need the access for.")


def check_room(uses: Iterable[Use]) -> None:
    """Every limit has room; the first that has none says so at its field."""
    for use in uses:
        if not use.fits:
            raise FieldError(use.field, use.sentence)
