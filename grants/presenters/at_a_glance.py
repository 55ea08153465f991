"""The home page's short lists: what waits, what ends next, what happened last."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse

from grants import permissions, queries
from grants.models import Grant, PersonChange, User
from grants.presenters.words import StateWords, sentence_of, state_words

FEW: Final = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One thing, where its page is, who it is about, and the moment that counts, named by ``at_words``."""

    name: str
    url: str
    words: str
    who: str
    at: datetime | None
    at_words: str
    state: StateWords | None = None


@dataclass(frozen=True, slots=True)
class Glance:
    """A list with its heading, its lines, and what to say when there are none."""

    heading: str
    lines: tuple[Line, ...]
    empty: str


def glances_for(by: User, now: datetime) -> tuple[Glance, ...]:
    """What each of a person's roles looks at first."""
    found: list[Glance] = []
    if permissions.allowed(permissions.check_approver, by):
        found += [_waiting(by), _ending(by)]
    if permissions.allowed(permissions.check_template_admin, by):
        found.append(_to_confirm(by, now))
    if permissions.allowed(permissions.check_auditor, by):
        found.append(_latest(by))
    return tuple(found)


def _waiting(by: User) -> Glance:
    lines = _lines(queries.queue_for(by)[:FEW], "grants:card", "asked", lambda grant: grant.requested_at)
    return Glance("Waiting longest", lines, "Nothing waits for your decision.")


def _ending(by: User) -> Glance:
    rows = queries.active_grants_for(by).filter(ends_at__isnull=False)[:FEW]
    lines = _lines(rows, "grants:card", "ends", lambda grant: grant.ends_at)
    return Glance("Next to end", lines, "Nobody from outside has access at the moment.")


def _latest(by: User) -> Glance:
    lines = _lines(
        queries.search_grants(by, "")[:FEW], "grants:story", "asked", lambda grant: grant.requested_at, with_state=True
    )
    return Glance("Latest grants", lines, "Nobody has asked for anything yet.")


def _to_confirm(by: User, now: datetime) -> Glance:
    lines = tuple(_change_line(change) for change in queries.open_changes(by, now)[:FEW])
    return Glance("Changes that wait for a second admin", lines, "No change of an account waits.")


def _lines(
    grants: Iterable[Grant],
    page: str,
    at_words: str,
    moment_of: Callable[[Grant], datetime | None],
    *,
    with_state: bool = False,
) -> tuple[Line, ...]:
    return tuple(
        Line(
            name=grant.reference,
            url=reverse(page, args=[grant.reference]),
            words=sentence_of(grant),
            who=f"{grant.recipient.email}, {grant.vendor.name}",
            at=moment_of(grant),
            at_words=at_words,
            state=state_words(grant.state) if with_state else None,
        )
        for grant in grants
    )


def _change_line(change: PersonChange) -> Line:
    return Line(
        name=change.get_kind_display().capitalize(),
        url=reverse("grants:change", args=[change.pk]),
        words="",  # the reason was typed by somebody: it stands on the page itself, marked as that
        who=change.email,
        at=change.asked_at,
        at_words=f"asked for by {change.asked_by}",
    )
