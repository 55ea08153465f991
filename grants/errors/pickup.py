"""A link that reveals nothing now, and why."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from grants.errors.base import GrantError


class PickupError(GrantError):
    """A link that reveals nothing now."""

    code = "link_unknown"
    sentence = "This link does not work."
    way_on = "Open the link from your newest mail in this browser, or ask your contact for a fresh one."
    status = 404


class LinkUsedError(PickupError):
    """Somebody already revealed the credentials."""

    code = "link_used"
    sentence = "These credentials were already shown once, and are never shown again."
    way_on = "If it was not you who opened them, tell your contact at once. Otherwise ask for access again."
    status = 410

    def __init__(self, used_at: datetime | None = None, used_from: str | None = None) -> None:
        """When and from where, for whoever holds the link and wonders."""
        super().__init__()
        self.used_at = used_at
        self.used_from = used_from


class LinkExpiredError(PickupError):
    """Nobody picked up in time."""

    code = "link_expired"
    sentence = "This link has expired. The credentials behind it were destroyed unseen."
    way_on = "Ask for access again."
    status = 410


class LinkLockedError(PickupError):
    """Too many wrong codes."""

    code = "link_locked"
    sentence = "This link is locked, because a wrong code was entered too often. The credentials were destroyed."
    way_on = "Ask for access again. Your contact has been told."
    status = 410


class NotEligibleError(PickupError):
    """Who it is for may not have it as things are; ``why`` is ``account``, ``vendor``, ``contract`` or ``terms``."""

    code = "not_eligible"
    sentence = "This access cannot be picked up as things are. Nothing was used up."
    way_on = "Talk to your contact. Once it is settled, the same link works for as long as it lives."
    status = 403
    reasons: ClassVar[Mapping[str, str]] = {
        "account": "The account of the person it is for is closed or stopped.",
        "vendor": "The company it is for is closed.",
        "contract": "The contract of the company it is for has ended.",
        "terms": "The person it is for has to sign in and accept the terms of access first.",
    }

    def __init__(self, why: str) -> None:
        """Which of the reasons."""
        super().__init__(why)
        self.why = why

    @property
    def because(self) -> str:
        """The reason as a sentence."""
        return self.reasons[self.why]


class LinkRevokedError(PickupError):
    """The grant was revoked before pickup."""

    code = "link_revoked"
    sentence = "This access was revoked before it was picked up."
    way_on = "Ask your contact why, or ask for access again."
    status = 410


class EndLockedError(PickupError):
    """Too many wrong codes on the page that ends an access; the access itself still works."""

    code = "end_locked"
    sentence = "A wrong code was entered too often, so this page is locked. The access itself still works."
    way_on = "Tell the person you work with: an approver can revoke it. They have been told of the wrong codes."
    status = 410


class WrongCodeError(PickupError):
    """The pickup code does not match; ``left`` tries remain."""

    code = "wrong_code"
    sentence = "That code is not right."
    way_on = "Look at it again and type it once more."
    status = 422

    def __init__(self, left: int) -> None:
        """``left`` is how many tries remain, at least 1."""
        super().__init__(f"{left} tries left")
        self.left = left


class PausedError(PickupError):
    """The database was restored, and nobody has said yet what of it still holds."""

    code = "paused"
    sentence = "Nothing can be picked up right now, because Daypass is being brought back from a backup."
    way_on = "Nothing was used up. Try again later; if the link has ended by then, ask for access again."
    retryable = True
    status = 503


class CannotOpenError(PickupError):
    """The server lacks the key now; nothing was used up."""

    code = "cannot_open"
    sentence = "The credentials cannot be opened right now. Nothing was used up."
    way_on = "Try again in a few minutes with the same link."
    retryable = True
    status = 503


class CodeNotToldError(PickupError):
    """The template wants a code that somebody here tells by telephone, and nobody has had one made yet."""

    code = "code_not_told"
    sentence = "Nobody has told you a code yet. Nothing was used up."
    way_on = "Ring the person you work with: they read you a code. Then open this link again."
    status = 409


class SignInNeededError(PickupError):
    """The template wants the recipient signed in, with a passkey or TOTP of the last minutes."""

    code = "sign_in_needed"
    sentence = "Only the person whom this is for can do that, signed in. Nothing was used up."
    way_on = "Sign in with the address that got the mail, and show your passkey or authenticator app."
    status = 403


class ClaimLostError(PickupError):
    """A waiting page without the claim of the browser that passed the check, or with an old one."""

    code = "claim_lost"
    sentence = "This page belongs to another browser, or has waited too long. Nothing was used up."
    way_on = "Open the link from your mail again."
    status = 403


class NoFreshIssueError(PickupError):
    """Nothing that could be issued afresh, or not under this approval any more."""

    code = "no_fresh_issue"
    sentence = "There is no fresh issue for this link. Nothing was used up."
    way_on = "Take what there is, or ask for access again."
    status = 409
