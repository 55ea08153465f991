"""What an approver says about a pre-approved window."""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from django import forms

from grants.flows.windows import Wanted
from grants.forms.base import DaypassForm, as_hours, hour_choices, to_seconds
from grants.models import GrantTemplate, TemplateVersion, User, Vendor


class WindowStartForm(DaypassForm):
    """Of what, and for whose people; in the address."""

    template = forms.ChoiceField(label="Template", error_messages={"invalid_choice": "Choose a template in the list."})
    vendor = forms.ChoiceField(label="Vendor", error_messages={"invalid_choice": "Choose a vendor in the list."})

    def __init__(self, data: Any = None, *, templates: Iterable[GrantTemplate], vendors: Iterable[Vendor]) -> None:  # noqa: ANN401 - Django's
        """Offer what this approver signs for."""
        super().__init__(data)
        _offer(self.fields["template"], [(each.slug, each.name) for each in templates])
        _offer(self.fields["vendor"], [(each.slug, each.name) for each in vendors])


class WindowForm(DaypassForm):
    """Recipients, ceiling, end date and why."""

    recipients = forms.TypedMultipleChoiceField(
        label="Whose requests",
        help_text="Only these people's, whether they ask themselves or a sponsor asks for them.",
        coerce=UUID,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one person.", "invalid_choice": "Choose people in the list."},
    )
    hours = forms.TypedChoiceField(
        label="For how long each time, at most",
        coerce=to_seconds,
        error_messages={"required": "Choose a time.", "invalid_choice": "Choose one of the times in the list."},
    )
    times = forms.IntegerField(
        label="How many times in all",
        help_text="Of all these people together. Every request that is approved under the window counts, used or not.",
        error_messages={"required": "Give a number.", "invalid": "Give a number, such as 10."},
    )
    until = forms.DateField(
        label="Until",
        help_text="The end of that day, UTC, within 90 days and the contract. Nothing under it runs on after that.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Give the last day.", "invalid": "Give a day, such as 2027-01-31."},
    )
    reason = forms.CharField(
        label="What for?",
        help_text="Whoever signs reads it, and so do the auditors.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what it is for, so that others can sign it."},
    )

    def __init__(self, data: Any = None, *, version: TemplateVersion, people: Iterable[User]) -> None:  # noqa: ANN401 - Django's
        """Offer the hours of ``version`` and these people."""
        super().__init__(data)
        _offer(self.fields["recipients"], [(str(each.pk), f"{each}, {each.email}") for each in people])
        _offer(self.fields["hours"], hour_choices(version.min_seconds, version.max_seconds))
        self.fields["hours"].initial = as_hours(version.default_seconds)

    def wanted(self, version: TemplateVersion, vendor: Vendor) -> Wanted:
        """The valid answers as the flow takes them."""
        data = self.cleaned_data
        return Wanted(
            template=version.template.slug,
            vendor=vendor.slug,
            recipients=tuple(data["recipients"]),
            seconds_max=data["hours"],
            grants_max=data["times"],
            ends_at=datetime.combine(data["until"], time(23, 59, 59), tzinfo=UTC),
            reason=data["reason"],
        )


class CloseForm(DaypassForm):
    """Why it is closed."""

    reason = forms.CharField(
        label="Why do you close it?",
        help_text="Its people, whoever signed it and the auditors read it.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, so that the people concerned and the auditors know."},
    )


def _offer(field: forms.Field, choices: list[tuple[str, str]]) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
