"""What speaks today against a version that is in force or still carries grants, and which grants it touches."""

from dataclasses import dataclass
from datetime import datetime

from grants import queries
from grants.flows.templates import findings_today
from grants.presenters.template_panel import FindingRow, finding_row
from grants.presenters.templates import LiveRow, live_rows
from grants.queries import Shelf


@dataclass(frozen=True, slots=True)
class Standing:
    """One version with what was found in it, and what of it is asked for, on its way or working."""

    number: int
    findings: tuple[FindingRow, ...]
    live: tuple[LiveRow, ...]


def standing_of(shelf: Shelf, now: datetime) -> list[Standing]:
    """Newest first; nothing for a version without findings, or that nobody holds and nobody can ask for."""
    if shelf.template is None:
        return []
    live = list(queries.live_grants_of_template(shelf.template))
    held = {grant.template_version_id for grant in live}
    in_force = None if shelf.is_retired else shelf.newest
    rows = [
        (version, findings_today(version)) for version in shelf.versions if version.pk in held or version == in_force
    ]
    return [
        Standing(
            number=version.number,
            findings=tuple(finding_row(finding) for finding in found),
            live=tuple(live_rows((grant for grant in live if grant.template_version_id == version.pk), now)),
        )
        for version, found in rows
        if found
    ]
