"""Which mails a person may do without, and how many at once are too many."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

TO_DECIDE: Final = "to_decide"
ESCALATED: Final = "escalated"
DECIDED: Final = "decided"
MY_REQUESTS: Final = "my_requests"
ENDINGS: Final = "endings"

# To approvers about what they themselves signed: whoever stands in for them reads it too. Other mails reach the whole
# group, and so the deputy, anyway.
OF_SIGNERS: Final = frozenset(
    {"signature_voided", "link_locked", "end_locked", "grant_disowned", "code_wanted", "window_opened", "window_closed"}
)
DIGESTED: Final = "approver_new_request"
DIGEST: Final = "requests_waiting"
MANY: Final = 10
WINDOW: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Family:
    """Mails that are chosen together. Whatever is in no family is about security, and always sent."""

    key: str
    words: str
    help: str
    events: frozenset[str]
    is_on: bool = True  # for whoever has chosen nothing


FAMILIES: Final = (
    Family(
        TO_DECIDE,
        "Requests that wait for me",
        "One mail for each request and at most two reminders, and the answers to what you asked; many new ones at once "
        "become one mail.",
        frozenset({DIGESTED, DIGEST, "request_reminder", "question_answered", "window_to_sign"}),
    ),
    Family(
        ESCALATED,
        "Requests that nobody has decided for a day",
        "Where a template names a group of yours, or nobody.",
        frozenset({"request_escalated"}),
    ),
    Family(
        DECIDED,
        "Requests that somebody else has decided",
        "One mail for a request that you were asked about, once another approver has said yes or no.",
        frozenset({"decided_by_other"}),
        is_on=False,
    ),
    Family(
        MY_REQUESTS,
        "My requests on their way",
        "That a request was received, and that it was approved. The link, a question, a no and its reason always come.",
        frozenset({"request_received", "request_approved"}),
    ),
    Family(
        ENDINGS,
        "Access that ends, or ended, by itself",
        "Shortly before its planned end, then at it, unused, or because nobody decided in time. That it was revoked "
        "always comes.",
        frozenset({"grant_ending", "grant_ended", "grant_expired", "grant_lapsed"}),
    ),
)
_BY_EVENT: Final = {event: family for family in FAMILIES for event in family.events}


def family_of(event: str) -> Family | None:
    """The family of a mail, or None when nobody may switch it off."""
    return _BY_EVENT.get(event)
