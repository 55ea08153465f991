"""A webhook."""

from collections.abc import Sequence
from typing import Any

from django import forms

from grants.forms.base import DaypassForm


class WebhookForm(DaypassForm):
    """Where to, and of which grants."""

    name = forms.CharField(label="Name", max_length=80, error_messages={"required": "Give it a name."})
    url = forms.CharField(
        label="Address",
        help_text="https, and on the public internet. Looked up once for each message; redirects are not followed.",
        max_length=500,
        widget=forms.TextInput(attrs={"type": "url", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Give the address that takes the messages."},
    )
    group = forms.ChoiceField(label="Of which grants", required=False)

    def __init__(self, data: Any = None, *, groups: Sequence[str], **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        """Offer the groups that sign."""
        super().__init__(data, **kwargs)
        choice = self.fields["group"]
        if isinstance(choice, forms.ChoiceField):
            choice.choices = [("", "of all"), *((group, f"of those that “{group}” signs for") for group in groups)]
