"""Refusals about a pre-approved window."""

from grants.errors.base import GrantError, NotAllowedError


class OwnWindowError(NotAllowedError):
    """Separation of duties: whom a window is for, and whoever invited them, never sign it."""

    code = "own_window"
    sentence = "You cannot sign this window, because it is for you, or for somebody whom you invited."
    way_on = "Another approver has to sign it."


class WindowMovedError(GrantError):
    """Closed, over, or not what was read."""

    code = "window_moved"
    sentence = "This window was closed, signed by others, or ended in the meantime. Nothing was signed."
    way_on = "Read it again as it is now."


class WindowSignedError(NotAllowedError):
    """Their signature is there already, or none of their groups' is missing."""

    code = "window_signed"
    sentence = "No signature is missing here that you could give: you have signed, or enough people of your group have."
    way_on = "Another group or another person has to sign next, if the window is not open yet."
    status = 409


class WindowUnfitError(GrantError):
    """The worker found that the window of a grant does not cover it, or works no longer."""

    code = "window_unfit"
    sentence = "The pre-approved window of this grant does not cover it, or has ended, so nothing was issued."
    way_on = "Ask for the access again: an approver then decides on it."
