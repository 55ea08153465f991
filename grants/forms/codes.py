"""What a custodian types."""

from django import forms

from grants.forms.base import DaypassForm


class MfaCodeForm(DaypassForm):
    """Six digits, shown for half a minute."""

    code = forms.CharField(
        label="Code of the MFA device",
        help_text="Six digits. Wait for a fresh one, so that it still holds when AWS hears it.",
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "class": "input-code",
                "inputmode": "numeric",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": "Type the six digits that the device shows now."},
    )
