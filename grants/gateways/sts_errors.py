"""What STS can answer instead of credentials: a class each, with its sentence and whether it may have minted."""

from grants.errors import StsError


class PolicyMalformedError(StsError):
    """STS does not understand the session policy."""

    code = "sts_malformed_policy"
    sentence = "AWS does not understand the policy of this grant, so nothing was issued."
    way_on = "A template administrator has to correct the template; then ask again."
    proves_issuer = True


class PolicyTooLargeError(StsError):
    """Policy, ARNs and tags do not fit into a session token."""

    code = "sts_policy_too_large"
    sentence = "The policy and tags of this grant are too large for AWS, so nothing was issued."
    way_on = "A template administrator has to shorten the template; then ask again."
    proves_issuer = True


class RegionDisabledError(StsError):
    """STS is not switched on in the issuer's Region."""

    code = "sts_region_disabled"
    sentence = "AWS STS is not activated in the issuer's Region."
    way_on = "An AWS administrator activates the Region or the issuer is given another; then try again."
    opens_circuit = True


class AccessDeniedError(StsError):
    """The issuer lacks the operation or sts:TagSession, its keys are session keys, or the role does not trust it."""

    code = "sts_access_denied"
    sentence = "AWS does not allow the issuer to issue these credentials."
    way_on = "An AWS administrator has to correct the issuer's permissions; then try again."
    opens_circuit = True


class MfaRefusedError(StsError):
    """GetSessionToken refused the code. It needs no permission, so a denied one with a code is always about the code.

    Nothing was minted, and nothing is known about the issuer: it is neither proved nor in trouble.
    """

    code = "sts_mfa_refused"
    sentence = "AWS did not accept the MFA code."
    way_on = "Wait until the device shows a new code, because each works once; and check that it is the right device."


class RoleSecondsError(StsError):
    """The role gives less than was asked for: its MaxSessionDuration, or the hour of a role that is chained."""

    code = "sts_role_seconds"
    sentence = "AWS gives this role's credentials for a shorter time than was asked for, so nothing was issued."
    way_on = (
        "Ask for an hour, or an AWS administrator raises the role's maximum session duration. "
        "A role that is assumed with temporary keys gives one hour at most."
    )


class KeysRefusedError(StsError):
    """The issuer's keys are unknown, deactivated or wrong."""

    code = "sts_keys_refused"
    sentence = "AWS does not accept the issuer's keys."
    way_on = "An operator has to put valid keys in place; then try again."
    opens_circuit = True


class KeysExpiredError(StsError):
    """Session keys stand where long-term keys belong, and have ended."""

    code = "sts_keys_expired"
    sentence = "The issuer's keys have expired."
    way_on = "An operator has to put the issuer's long-term keys in place; then try again."
    opens_circuit = True


class KeysMissingError(StsError):
    """The issuer's profile, or what botocore needs beside it, is not in this process's environment."""

    code = "sts_keys_missing"
    sentence = "The issuer's keys are not set up on this server."
    way_on = "An operator has to set up the issuer's profile; then try again."
    opens_circuit = True


class RequestRefusedError(StsError):
    """STS refuses the request for another reason, named in ``detail``."""

    code = "sts_request_refused"
    sentence = "AWS refused this request."
    way_on = "An administrator has to look at the attempt; its record names AWS's error."


class AnotherPrincipalError(StsError):
    """The keys under the issuer's profile are somebody else's, named in ``detail``: its Deny would not hold them."""

    code = "sts_another_principal"
    sentence = "The keys on this server are not the issuer's own, so nothing was issued."
    way_on = "An operator has to put the issuer's own keys under its profile; then try again."
    opens_circuit = True


class ClockSkewError(StsError):
    """The signature fails because a clock is wrong; ``seconds`` is how far ours is ahead of AWS's."""

    code = "sts_clock_skew"
    sentence = "The server's clock differs too much from AWS's, so AWS refused its signature."
    way_on = "An operator has to correct the server's clock; then try again."
    opens_circuit = True

    def __init__(self, seconds: int) -> None:
        """``seconds`` is negative when our clock is behind."""
        super().__init__(f"our clock is {seconds:+d} s off AWS's")
        self.seconds = seconds


class ThrottledError(StsError):
    """Too many calls; nothing was minted."""

    code = "sts_throttled"
    sentence = "AWS is receiving too many requests right now."
    way_on = "Daypass tries again by itself."
    retryable = True


class UnreachableError(StsError):
    """No connection came about; nothing was minted."""

    code = "sts_unreachable"
    sentence = "AWS could not be reached."
    way_on = "Daypass tries again by itself."
    retryable = True


class AnswerLostError(StsError):
    """The request went out and no whole answer came back."""

    code = "sts_answer_lost"
    sentence = "The answer of AWS did not arrive."
    way_on = "Daypass denies what may have been issued, and tries again by itself."
    retryable = True
    may_have_minted = True


class UnavailableError(StsError):
    """STS failed on its side (5xx)."""

    code = "sts_unavailable"
    sentence = "AWS has a problem right now."
    way_on = "Daypass denies what may have been issued, and tries again by itself."
    retryable = True
    may_have_minted = True


class AnswerUnusableError(StsError):
    """STS said yes in a way that cannot be used: fields missing, absurd, or of another session."""

    code = "sts_answer_unusable"
    sentence = "AWS answered something that cannot be used."
    way_on = "Daypass denies what may have been issued. An administrator can try again."
    may_have_minted = True
