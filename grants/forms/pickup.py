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


class RevealForm(PickupForm):
    """The code, and whether a link into the AWS console is wanted as well."""

    console = forms.BooleanField(
        label="Also make an AWS console sign-in link",
        help_text="It opens the AWS console in a browser and works for 15 minutes.",
        required=False,
    )


class HandBackForm(PickupForm):
    """The same code, and which of the two: the work is done, or it was somebody else."""

    what = forms.ChoiceField(
        choices=[("done", "I am done"), ("disowned", "It was not me")],
        error_messages={"required": "Press one of the two buttons.", "invalid_choice": "Press one of the two buttons."},
    )
