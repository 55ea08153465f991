"""The home page and the lists of what may be asked for and of templates."""

from dataclasses import dataclass

from django.urls import reverse

from grants import permissions, queries
from grants.models import TemplateVersion, User
from grants.policy.sentence import describe_grant


@dataclass(frozen=True, slots=True)
class Tile:
    """One thing to look at, with its number where there is one."""

    heading: str
    url: str
    number: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A template as a contractor may ask for it."""

    slug: str
    name: str
    sentence: str
    description: str


def tiles_for(by: User) -> tuple[Tile, ...]:
    """What each of a person's roles should look at."""
    tiles: list[Tile] = []
    if permissions.allowed(permissions.check_contractor, by):
        tiles += [
            Tile("Ask for access", reverse("grants:request_new"), None, "Choose what you need, for how long and why."),
            Tile("My requests", reverse("grants:request_list"), queries.requests_of(by).count(), "Where each one is."),
        ]
    if permissions.allowed(permissions.check_sponsor, by):
        tiles += [
            Tile("Ask for somebody", reverse("grants:request_new"), None, "On behalf of a contractor you answer for."),
            Tile("My requests", reverse("grants:request_list"), queries.requests_of(by).count(), "Where each one is."),
        ]
    if permissions.allowed(permissions.check_approver, by):
        tiles += [
            Tile("Approvals", reverse("grants:queue"), queries.queue_for(by).count(), "Waiting for your decision."),
            Tile(
                "Active grants",
                reverse("grants:active"),
                queries.active_grants_for(by).count(),
                "Working now, or about to. Revoke them here.",
            ),
        ]
    if permissions.allowed(permissions.check_auditor, by):
        tiles.append(Tile("Audit", reverse("grants:audit"), None, "Find any grant and read its whole story."))
    if permissions.allowed(permissions.check_template_admin, by):
        tiles.append(
            Tile("Templates", reverse("grants:templates"), None, "What may be granted, to whom, signed by whom.")
        )
        tiles.append(Tile("Issuers", reverse("grants:issuers"), None, "Who mints in which account, and its health."))
    if permissions.allowed(permissions.check_reviewer, by):
        waiting = queries.emergencies(by).filter(review=None).count()
        words = "Approved by one person alone. Somebody else says afterwards whether it was right."
        tiles.append(Tile("Emergencies", reverse("grants:reviews"), waiting, words))
    if permissions.allowed(permissions.check_sees_people, by):
        tiles.append(Tile("Vendors", reverse("grants:vendors"), None, "Contracts, hours, terms; who has access now."))
        tiles.append(Tile("People", reverse("grants:people"), None, "Invite contractors, let them in, change roles."))
    return tuple(tiles)


def offer_of(version: TemplateVersion) -> Offer:
    """The newest version of a template, in words."""
    return Offer(
        slug=version.template.slug,
        name=version.template.name,
        sentence=sentence_for(version),
        description=version.description,
    )


def sentence_for(version: TemplateVersion) -> str:
    """The sentence of the most that a version gives."""
    return describe_grant(version.scope, version.max_seconds)
