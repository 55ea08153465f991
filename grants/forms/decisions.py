"""What an approver sends."""

from django import forms

from grants.forms.base import DaypassForm


class ApproveForm(DaypassForm):
    """The fingerprint of what was read."""

    snapshot_hash = forms.RegexField(r"\A[0-9a-f]{64}\Z", widget=forms.HiddenInput)


class SignForm(ApproveForm):
    """The same, with a passkey's signature over it where there is one."""

    credential = forms.CharField(required=False, max_length=8192, widget=forms.HiddenInput)


class DenyForm(ApproveForm):
    """The same, and the reason the requester will read."""

    reason = forms.CharField(
        label="Reason for denying",
        help_text="The requester reads it, word for word.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, so that the requester knows what to change."},
    )


class RevokeForm(DaypassForm):
    """Why it is taken back."""

    reason = forms.CharField(
        label="Why do you revoke it?",
        help_text="The contractor and the auditors read it.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, so that the contractor and the auditors know."},
    )
