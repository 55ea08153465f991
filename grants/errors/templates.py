"""Why a template is not published, retired or measured now."""

from grants.errors.base import GrantError


class DraftChangedError(GrantError):
    """What was read is not what would be published."""

    code = "draft_changed"
    sentence = "The draft has changed since you opened this page. Nothing was published."
    way_on = "Read it as it is now, then decide."


class NotPublishableError(GrantError):
    """Findings, reasons or the size test stand in the way; the page says which."""

    code = "not_publishable"
    sentence = "This draft cannot be published yet."
    way_on = "See what the template's page says is missing."


class NotMeasuredError(NotPublishableError):
    """STS has not taken exactly this draft."""

    code = "not_measured"
    sentence = "STS has not accepted exactly this draft yet, so nobody knows whether it fits."
    way_on = "Press “Test with STS”, and publish when it has passed."


class NothingToMeasureError(GrantError):
    """A session sends no policy."""

    code = "nothing_to_measure"
    sentence = "A session carries no policy, so that there is nothing whose size STS could refuse."
    way_on = "Publish it without a test."
