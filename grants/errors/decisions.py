"""Refusals about a request, its approvals and what may be issued."""

from grants.errors.base import GrantError, NotAllowedError


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


class AlreadyReviewedError(NotAllowedError):
    """One review is enough, and stays."""

    code = "already_reviewed"
    sentence = "Somebody has reviewed this already."
    way_on = "Their review is on this page. What you think of it belongs in the ticket."
    status = 409


class GroupSignedError(NotAllowedError):
    """Enough persons of their groups have signed; only others are missing."""

    code = "group_signed"
    sentence = "Enough people of your group have signed this request already."
    way_on = "Another group has to sign next. You can still deny it."
    status = 409


class StaleSnapshotError(GrantError):
    """The request is no longer what the approver was looking at."""

    code = "stale_snapshot"
    sentence = "This request changed while you were reading it. Nothing was decided."
    way_on = "Read the request again and decide on what it says now."


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


class SignatureNeededError(GrantError):
    """The template asks for a passkey's signature, and there is none."""

    code = "signature_needed"
    sentence = "This access is approved by signing with a passkey, and this approval was not signed."
    way_on = "Open the request in a browser that has your passkey and press “Sign and approve”. Nothing was decided."
    status = 422


class SignatureRefusedError(GrantError):
    """A signature that does not hold, or of a passkey that the issue worker does not believe."""

    code = "signature_refused"
    sentence = "That passkey's signature does not count here. Nothing was decided."
    way_on = "Use the passkey that an operator has trusted for approvals; your passkeys' page says which one it is."
    status = 422


class UnsignedApprovalError(GrantError):
    """No believed signature, and more than the worker mints without one."""

    code = "unsigned_approval"
    sentence = "This server issues nothing of this kind on an approval that no passkey has signed."
    way_on = "An approver whose passkey an operator has trusted signs it; or an operator raises UNSIGNED_APPROVALS."


class IssuerChangedError(GrantError):
    """The issuer on record is not the one that was approved."""

    code = "issuer_changed"
    sentence = "The AWS issuer was changed after this grant was approved, so nothing was issued."
    way_on = "Ask for the access again, so that approvers see the new issuer."


class PolicyChangedError(GrantError):
    """The document of a managed policy is not the one that was approved, or the policy is not allowed any more."""

    code = "policy_changed"
    sentence = "A managed policy of this grant was changed, or is no longer allowed, so nothing was issued."
    way_on = "A template administrator publishes the template again with what the policy says now; then ask again."


class PolicyUnreadError(GrantError):
    """What a managed policy says now has not been read lately, and is never assumed."""

    code = "policy_unread"
    sentence = "What a managed policy of this grant says has to be read at AWS first."
    way_on = "Daypass reads it again and goes on by itself."
    retryable = True


class CodeLateError(GrantError):
    """An MFA code rested longer than it may, so it was thrown away unused."""

    code = "code_late"
    sentence = "The code came too late to AWS, so it was thrown away unused."
    way_on = "Wait until the device shows a new code, and type that one."


class SessionTakenError(GrantError):
    """Another grant holds the one session that this issuer's user may have."""

    code = "session_taken"
    sentence = "Another access of the same IAM user is under way, and there is one at a time."
    way_on = "This one goes on by itself when the other has ended; a code is asked for then."


class DeniedWidelyError(GrantError):
    """The whole vendor or template is denied at AWS: new credentials would be dead."""

    code = "denied_at_aws"
    sentence = "Access of this vendor or of this kind is switched off at AWS at the moment, so nothing was issued."
    way_on = "Ask your contact when it is switched on again. An approver can then try again."


class CompanySignInError(GrantError):
    """The company's own sign-in did not lead to an account."""

    code = "company_refused"
    sentence = "Your company's sign-in did not let you in here."
    way_on = "Sign in with your password instead."
    status = 403
