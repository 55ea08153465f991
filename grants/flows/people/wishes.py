"""What somebody had asked a second admin for: nobody's wish any more once they are frozen, and for good."""

from datetime import datetime

from grants.models import IssuerProposal, PersonChange, TemplateDraft, User
from grants.models.issuer_proposal import OPEN_PROPOSAL
from grants.models.person_change import OPEN_CHANGE


def take_back_wishes(*, user: User, by: User, now: datetime) -> int:
    """Refuse what waits for a second admin on this person's word; drafts stay, to be asked for again."""
    refused = {"refused_by": by, "refused_at": now}
    changes = PersonChange.objects.filter(OPEN_CHANGE, asked_by_person=user.person).update(**refused)
    issuers = IssuerProposal.objects.filter(OPEN_PROPOSAL, asked_by_person=user.person).update(**refused)
    drafts = TemplateDraft.objects.filter(publication_asked_by__person=user.person)
    return changes + issuers + drafts.update(publication_asked_at=None, publication_asked_by=None)
