"""A contractor's request."""

import uuid
from datetime import UTC, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms

from grants.forms.base import DaypassForm, as_hours, hour_choices, to_seconds
from grants.models import TemplateVersion
from grants.models.template import Mint
from grants.policies import BOOKED_AHEAD

LOCAL: Final = "%Y-%m-%dT%H:%M"


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
    start = forms.DateTimeField(
        label="From when?",
        help_text=(
            "Leave it empty to begin as soon as it is approved. Otherwise choose a full quarter hour within the next "
            f"{BOOKED_AHEAD.days} days, in your own time zone (UTC if your browser does not tell it)."
        ),
        required=False,
        input_formats=[LOCAL],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 900}, format=LOCAL),
        error_messages={
            "required": "Choose the day and time at which it begins.",
            "invalid": "Give day and time, such as 2026-03-04T09:15.",
        },
    )
    zone = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput(attrs={"data-zone": ""}))
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
        self.fields["start"].required = version.mint == Mint.AT_START
        if version.reason_hint:
            self.fields["reason"].help_text = f"{version.reason_hint} {self.fields['reason'].help_text}"
        if version.ticket_pattern:
            self.fields["ticket"].help_text = version.ticket_hint
        else:
            del self.fields["ticket"]
        if version.folder_pattern:
            self.fields["folder"].help_text = version.folder_hint
        else:
            del self.fields["folder"]

    def clean(self) -> dict[str, Any]:
        """The start in the zone of the browser. A zone that nobody knows is UTC, as the next page then says."""
        data = super().clean() or self.cleaned_data
        if start := data.get("start"):
            data["start"] = start.replace(tzinfo=_zone_of(data.get("zone", "")))
        return data

    @property
    def answers(self) -> dict[str, Any]:
        """The valid answers as the flows take them."""
        data = self.cleaned_data
        return {
            "seconds": data["hours"],
            "starts_at": data["start"],
            "reason": data["reason"],
            "ticket": data.get("ticket", ""),
            "folder": data.get("folder", ""),
        }


def _zone_of(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ValueError, OSError, KeyError):  # a path, a directory, a name that nobody knows
        return UTC
