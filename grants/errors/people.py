"""Refusals about people, their accounts and their companies."""

from grants.errors.base import GrantError, NotAllowedError


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


class RecipientNotReadyError(GrantError):
    """The vendor has terms, and this contractor has not accepted them."""

    code = "recipient_not_ready"
    sentence = "This person has to accept their company's terms before anybody can ask for them."
    way_on = "Ask them to sign in once; the terms are the first page that they see. Then ask again."


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


class TermsChangedError(GrantError):
    """The wording that was accepted is not the one in force."""

    code = "terms_changed"
    sentence = "The terms changed while you were reading them. Nothing was accepted."
    way_on = "Read them as they are now."


class VendorClosedError(GrantError):
    """The vendor is not active or its contract ends too early."""

    code = "vendor_closed"
    sentence = "The vendor's contract does not cover this access."
    way_on = "Ask your sponsor to extend the contract or ask for fewer hours."
