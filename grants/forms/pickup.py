"""What a recipient types to get the credentials."""

from django import forms

from grants.forms.base import DaypassForm


class PickupForm(DaypassForm):
    """The code that was shown when the request was sent."""

    code = forms.CharField(
        label="Pickup code",
        help_text="Eight letters and digits, shown when you sent your request. Dashes and small letters are fine.",
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "class": "input-code",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": "Type the code that you were shown when you asked."},
    )


class HandBackForm(PickupForm):
    """The same code, and which of the two: the work is done, or it was somebody else."""

    what = forms.ChoiceField(
        choices=[("done", "I am done"), ("disowned", "It was not me")],
        error_messages={"required": "Press one of the two buttons.", "invalid_choice": "Press one of the two buttons."},
    )
