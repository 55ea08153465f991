"""A contractor's request."""

import uuid
from typing import Any

from django import forms

from grants.forms.base import DaypassForm, as_hours, hour_choices, to_seconds
from grants.models import TemplateVersion


class RequestForm(DaypassForm):
    """How long, why, the ticket and folder where the template wants them. ``key`` makes a double click one request."""

    hours = forms.TypedChoiceField(
        label="How long do you need it?",
        help_text="Counted from the moment the credentials are issued. Ask for what you need.",
        coerce=to_seconds,
        error_messages={
            "required": "Choose how long you need it.",
            "invalid_choice": "Choose one of the times in the list.",
        },
    )
    reason = forms.CharField(
        label="Why do you need it?",
        help_text="One or two sentences. The approver decides by them, and they are kept for the auditors.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 1000}),
        error_messages={
            "required": "Say what you need the access for.",
            "max_length": "Say it in at most 1000 characters.",
        },
    )
    ticket = forms.CharField(
        label="Ticket",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Give the ticket that this work belongs to."},
    )
    folder = forms.CharField(
        label="Folder",
        max_length=100,
        widget=forms.TextInput(attrs={"class": "font-monospace", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Name the folder that you need."},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, version: TemplateVersion, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        """Offer the hours of ``version``, and the ticket only where it has a pattern."""
        super().__init__(data, **kwargs)
        hours = self.fields["hours"]
        if isinstance(hours, forms.TypedChoiceField):
            hours.choices = hour_choices(version.min_seconds, version.max_seconds)
        hours.initial = as_hours(version.default_seconds)
        self.fields["key"].initial = uuid.uuid4
        if version.ticket_pattern:
            self.fields["ticket"].help_text = version.ticket_hint
        else:
            del self.fields["ticket"]
        if version.folder_pattern:
            self.fields["folder"].help_text = version.folder_hint
        else:
            del self.fields["folder"]

    @property
    def answers(self) -> dict[str, Any]:
        """The valid answers as the flows take them."""
        data = self.cleaned_data
        return {
            "seconds": data["hours"],
            "reason": data["reason"],
            "ticket": data.get("ticket", ""),
            "folder": data.get("folder", ""),
        }
