"""What somebody should know before they revoke: what it does, and how long it takes."""

from dataclasses import dataclass
from typing import Final

from grants.lifecycle import State
from grants.models import Grant
from grants.presenters.words import StateWords, sentence_of, state_words

REVOKE_WORDS: Final = {
    State.APPROVED: "Nothing has been issued yet, so AWS has nothing to take back. It takes effect at once.",
    State.AWAITING_CODE: "Nothing has been issued yet, so AWS has nothing to take back. It takes effect at once.",
    State.OFFERED: "Nothing has been issued; the link stops working at once, and AWS has nothing to take back.",
    State.FAILED: "Nothing has been issued, so AWS has nothing to take back. It takes effect at once.",
    State.ISSUING: "The credentials are being made right now. They are thrown away unseen as soon as AWS has answered.",
    State.ISSUED: "Nobody has picked the credentials up. They are destroyed here at once and can never be shown.",
    State.REVEALED: (
        "Somebody has these credentials. Daypass writes a Deny for exactly this session into AWS and reads it back, "
        "usually within seconds. After that AWS needs up to a few minutes until every request is refused; until then "
        "the credentials may still work. What was copied before stays copied."
    ),
}

REVOKE_SESSION: Final = (
    "Somebody has these credentials, and AWS gives sessions of this kind no name. So Daypass writes a Deny for every "
    "session of the IAM user {user} that was issued before now, ours or not, and reads it back, usually within "
    "seconds. AWS then needs up to a few minutes until every request is refused. For a minute nothing new is issued "
    "for this user. What was copied before stays copied."
)


@dataclass(frozen=True, slots=True)
class RevokeView:
    """What somebody should know before revoking."""

    reference: str
    sentence: str
    recipient: str
    vendor: str
    state: StateWords
    revoke_words: str


def revoke_view(grant: Grant) -> RevokeView:
    """What a revocation of ``grant`` would do now."""
    return RevokeView(
        reference=grant.reference,
        sentence=sentence_of(grant),
        recipient=grant.recipient.email,
        vendor=grant.vendor.name,
        state=state_words(grant.state),
        revoke_words=_revoke_words(grant),
    )


def _revoke_words(grant: Grant) -> str:
    if grant.session_of_id and grant.state == State.REVEALED:
        return REVOKE_SESSION.format(user=grant.issuer.user_arn.rpartition("/")[2])
    return REVOKE_WORDS.get(State(grant.state), "This grant is over: there is nothing to revoke.")
