"""What needs a passkey or TOTP not older than five minutes, and what happens to a form that came without one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import ResolverMatch, reverse
from django.utils.http import urlencode

from portal.accounts.kept import keep_form, page_of

PUBLIC: Final = "/pickup/"
SECRET: Final = frozenset({"mfa_code"})
SIGNED: Final = frozenset({"approve", "emergency", "window_sign"})
NOT_THAT_ONE: Final = (
    "A recovery code lets you in, but does not count for this. Use your authenticator app or a passkey."
)
# Whoever may change the factors may enrol their own and show it from then on: a found sheet of recovery codes must not
# be worth that. Who lost the app asks two template admins for a reset.
FACTOR_CHANGES: Final = frozenset(
    {
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_add_webauthn",
        "mfa_edit_webauthn",
        "mfa_remove_webauthn",
        "mfa_generate_recovery_codes",
        "company_link",
    }
)


@dataclass(frozen=True, slots=True)
class Act:
    """A form's words on the page that offers it again. ``only`` names the button that makes it an act at all."""

    words: str
    button: str
    only: tuple[str, str] | None = None

    def is_meant(self, posted: Mapping[str, object]) -> bool:
        """Whether this is the form's act and not, say, its preview."""
        return self.only is None or posted.get(self.only[0]) == self.only[1]


ANY: Final = Act("Send what you filled in", "Send it")
NEEDS_FRESH_MFA: Final[Mapping[str, Act]] = {
    "approve": Act("Approve {reference}", "Approve"),
    "bulk": Act("Approve several requests", "Approve", only=("do", "approve")),
    "emergency": Act("Approve {reference} alone", "Approve alone"),
    "review": Act("Review the emergency of {reference}", "Send the review"),
    "window_sign": Act("Sign the window {reference}", "Sign"),
    "window_close": Act("Close the window {reference}", "Close it"),
    "narrow": Act("Make {reference} smaller", "Make it smaller"),
    "revoke": Act("Revoke {reference}", "Revoke"),
    "spoken_code": Act("Make the pickup code of {reference}", "Make the code"),
    "retry": Act("Try {reference} again", "Try again"),
    "change_new": Act("Ask for the change of an account", "Ask for it"),
    "change": Act("Confirm the change of an account", "Confirm", only=("do", "confirm")),
    "rule_person": Act("Set the limits of each person", "Save"),
    "rule_template": Act("Set the limits of a template", "Save"),
    "webhook_new": Act("Make a webhook", "Make it"),
    "webhook_test": Act("Send a test to a webhook", "Send"),
    "webhook_stop": Act("Stop a webhook", "Stop"),
    "freeze": Act("Freeze a person", "Freeze"),
    "held": Act("Revoke what a frozen person has to do with", "Revoke"),
    "vendor_new": Act("Register the vendor", "Register"),
    "vendor_edit": Act("Change the vendor {slug}", "Save"),
    "vendor_close": Act("Close the vendor {slug}", "Close"),
    "vendor_reopen": Act("Open the vendor {slug} again", "Open again"),
    "vendor_revoke": Act("Revoke everything of the vendor {slug}", "Revoke"),
    "issuer_new": Act("Ask for a new issuer", "Ask for it"),
    "issuer_proposal": Act("Confirm a new issuer", "Confirm", only=("do", "confirm")),
    "issuer_edit": Act("Change an issuer", "Save"),
    "issuer_switch": Act("Switch an issuer off or on", "Switch"),
    "issuer": Act("Allow a managed policy", "Allow it"),
    "policy_withdraw": Act("Take a managed policy off the list", "Take off"),
    "template_publish": Act("Publish the draft of {slug}", "Publish"),
    "template_retire": Act("Retire the template {slug}", "Retire"),
}


def needs_proof(match: ResolverMatch | None, posted: Mapping[str, object]) -> bool:
    """Whether a form, sent to the view of ``match``, does something that needs a fresh second factor."""
    act = NEEDS_FRESH_MFA.get(match.url_name or "") if match is not None and match.namespace == "grants" else None
    return act is not None and act.is_meant(posted)


def is_signed(request: HttpRequest) -> bool:
    """An approval that a passkey signs is its own proof; the flow refuses one that does not hold or is not enrolled."""
    match = request.resolver_match
    return match is not None and match.url_name in SIGNED and bool(request.POST.get("credential"))


def act_of(match: ResolverMatch) -> Act:
    """The words for a form of any kind."""
    return NEEDS_FRESH_MFA.get(match.url_name or "", ANY)


def is_secret(match: ResolverMatch | None) -> bool:
    """A form whose answer is kept nowhere, not even sealed in the session: a code of somebody's device."""
    return match is not None and match.namespace == "grants" and match.url_name in SECRET


def is_ours_to_keep(match: ResolverMatch | None, request: HttpRequest) -> bool:
    """A form for people who are signed in. What the pickup page takes, or a code of a device, goes nowhere else."""
    is_inside = match is not None and match.namespace == "grants" and not request.path.startswith(PUBLIC)
    return request.method == "POST" and is_inside and not is_secret(match)


def ask_first(request: HttpRequest, proof_url: str) -> HttpResponseRedirect:
    """Ask for the proof at ``proof_url``, then come back to the page, or to the form that was sent and is kept."""
    here = request.get_full_path()
    if is_ours_to_keep(request.resolver_match, request):
        key = keep_form(request)
        here = reverse("again", args=[key]) if key else page_of(request)
    return HttpResponseRedirect(f"{proof_url}?{urlencode({REDIRECT_FIELD_NAME: here})}")
