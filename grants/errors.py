"""Every refusal Daypass can give: a stable code, a sentence for the person who meets it, and whether to try again."""

from datetime import datetime
from typing import ClassVar


class GrantError(Exception):
    """A refusal. ``code`` is stable, ``sentence`` is shown to people, ``way_on`` says what to do next."""

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = "That is not possible."
    way_on: ClassVar[str] = ""
    retryable: ClassVar[bool] = False
    status: ClassVar[int] = 409

    def __init__(self, detail: str = "") -> None:
        """``detail`` is for logs and auditors; it must never hold a secret."""
        super().__init__(detail or self.sentence)
        self.detail = detail


class NotFoundError(GrantError):
    """Unknown, or not for this person: both look the same."""

    code = "not_found"
    sentence = "We could not find that."
    way_on = "Check the address, or start again from the home page."
    status = 404


class NotAllowedError(GrantError):
    """The person may not do this."""

    code = "not_allowed"
    sentence = "You cannot do that with this account."
    way_on = "Ask an administrator if you think you should be able to."
    status = 403


class OwnGrantError(NotAllowedError):
    """Separation of duties: requester, recipient and inviter never decide."""

    code = "own_grant"
    sentence = "You cannot decide on this request, because you asked for it, would receive it, or invited who would."
    way_on = "Another approver has to decide."


class AlreadySignedError(NotAllowedError):
    """One person signs once, whichever account they use."""

    code = "already_signed"
    sentence = "You have already decided on this request."
    way_on = "Somebody else has to decide next."
    status = 409


class WaitingError(NotAllowedError):
    """The contractor came by their vendor's domain, and no sponsor has let them in yet."""

    code = "waiting"
    sentence = "Your contact here has to let you in before you can ask for access."
    way_on = "Tell your contact that you have signed in. You get a mail as soon as they have let you in."


class TermsNotAcceptedError(NotAllowedError):
    """The contractor's company works under terms that this person has not accepted, or not in this wording."""

    code = "terms_not_accepted"
    sentence = "You have to accept the terms of your access before you can ask for any."
    way_on = "Read them and accept them; then send your request again."


class FourEyesError(NotAllowedError):
    """The second person is the first one, or the one it is about."""

    code = "four_eyes"
    sentence = "Somebody else has to do this: you asked for it, or it is about yourself."
    way_on = "Ask another template admin."


class LastAdminsError(GrantError):
    """Two admins must stay, because every change of an account needs two."""

    code = "last_admins"
    sentence = "This would leave fewer than two template admins, and then nobody could change an account any more."
    way_on = "Make somebody else a template admin first. An operator can do it from the shell all the same."


class StaleSnapshotError(GrantError):
    """The request is no longer what the approver was looking at."""

    code = "stale_snapshot"
    sentence = "This request changed while you were reading it. Nothing was decided."
    way_on = "Read the request again and decide on what it says now."


class TermsChangedError(GrantError):
    """The wording that was accepted is not the one in force."""

    code = "terms_changed"
    sentence = "The terms changed while you were reading them. Nothing was accepted."
    way_on = "Read them as they are now."


class WrongStateError(GrantError):
    """The grant has moved on."""

    code = "wrong_state"
    sentence = "This request has moved on in the meantime, so that is no longer possible."
    way_on = "Look at its current state and decide what to do."


class ApprovalMissingError(GrantError):
    """The worker found no sufficient, unexpired approval over this snapshot."""

    code = "approval_missing"
    sentence = "This grant does not have the approvals it needs."
    way_on = "Ask for the access again."


class IssuesSpentError(GrantError):
    """AWS gave, or may have given, credentials so often under one approval that people have to look again."""

    code = "issues_spent"
    sentence = "This approval is used up: three times AWS may have issued credentials, and nobody could receive them."
    way_on = "Nothing of it works any more. Ask for the access again."


class IssuerChangedError(GrantError):
    """The issuer on record is not the one that was approved."""

    code = "issuer_changed"
    sentence = "The AWS issuer was changed after this grant was approved, so nothing was issued."
    way_on = "Ask for the access again, so that approvers see the new issuer."


class DeniedWidelyError(GrantError):
    """The whole vendor or template is denied at AWS: new credentials would be dead."""

    code = "denied_at_aws"
    sentence = "Access of this vendor or of this kind is switched off at AWS at the moment, so nothing was issued."
    way_on = "Ask your contact when it is switched on again. An approver can then try again."


class VendorClosedError(GrantError):
    """The vendor is not active or its contract ends too early."""

    code = "vendor_closed"
    sentence = "The vendor's contract does not cover this access."
    way_on = "Ask your sponsor to extend the contract or ask for fewer hours."


class FieldError(GrantError):
    """A value outside its limits; ``field`` names where."""

    code = "bad_value"
    status = 422

    def __init__(self, field: str, sentence: str) -> None:
        """``field`` is the form field's name, ``sentence`` what is wrong with it and what would be right."""
        super().__init__(sentence)
        self.field = field
        self.field_sentence = sentence


# --- pickup -----------------------------------------------------------------


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
    way_on = "Type the code you were shown when the request was sent."
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


# --- outside systems --------------------------------------------------------


class StsError(GrantError):
    """STS did not give credentials.

    ``opens_circuit``: the trouble is the issuer's, so every grant of it would meet the same. ``proves_issuer``: the
    trouble is this grant's own, and STS got so far as to see it, so the issuer's keys and permissions are good.
    """

    code = "sts_error"
    sentence = "AWS did not issue the credentials."
    way_on = "An administrator can try again."
    status = 502
    may_have_minted: ClassVar[bool] = False
    opens_circuit: ClassVar[bool] = False
    proves_issuer: ClassVar[bool] = False


class CannotSealError(StsError):
    """AWS gave credentials that could not be sealed: they were dropped, and their session is denied by name."""

    code = "cannot_seal"
    sentence = "The credentials could not be sealed, so they were thrown away."
    way_on = "An operator has to check the sealing keys; then an approver can try again."
    may_have_minted = True


class RevokeError(GrantError):
    """IAM did not take the Deny, or not all of it: ``held`` is what it shows denied all the same."""

    code = "iam_error"
    sentence = "AWS did not accept the revocation yet."
    way_on = "Daypass keeps trying. The runbook has a command that works without Daypass."
    retryable = True
    status = 502
    held: frozenset[str] = frozenset()


class ConsoleError(GrantError):
    """AWS's console sign-in gave no link; the credentials themselves work all the same."""

    code = "console_error"
    sentence = "There is no console link this time. The credentials work all the same."
    way_on = "Use the credentials in a terminal or a tool, as shown on this page."
    status = 502


class MailError(GrantError):
    """The mail server did not take the mail."""

    code = "mail_refused"
    sentence = "The mail server did not accept the mail yet."
    way_on = "Daypass keeps trying; the link stays the same."
    retryable = True
    status = 502


class SealError(GrantError):
    """A ciphertext does not open: wrong key, wrong place, or altered."""

    code = "seal_broken"
    sentence = "Something sealed could not be opened."
    way_on = "An operator has to check the sealing keys."
    status = 503


# --- signing in at the company ----------------------------------------------


class CompanySignInError(GrantError):
    """The company's own sign-in did not lead to an account."""

    code = "company_refused"
    sentence = "Your company's sign-in did not let you in here."
    way_on = "Sign in with your password instead."
    status = 403
