"""What somebody on call sends, and what is said of it afterwards."""

from django import forms

from grants.forms.base import DaypassForm
from grants.forms.decisions import SignForm
from grants.models.emergency import Judgement


class EmergencyForm(SignForm):
    """The fingerprint of what was read, and why it cannot wait."""

    reason = forms.CharField(
        label="What is the emergency?",
        help_text="Template admins, auditors and everybody who would have had to sign read it, word for word.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what the emergency is: everybody who answers for this reads it."},
    )


class ReviewForm(DaypassForm):
    """A judgement and what it rests on."""

    judgement = forms.ChoiceField(
        label="Your judgement",
        choices=Judgement.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether it was right."},
    )
    note = forms.CharField(
        label="What did you look at?",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what you looked at, and what follows from it."},
    )
