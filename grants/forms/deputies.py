"""Who stands in, and until when."""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any

from django import forms

from grants.forms.base import DaypassForm
from grants.models import User


class DeputyForm(DaypassForm):
    """One of the people of one's own groups, and the last day."""

    deputy = forms.ChoiceField(
        label="Who stands in for you",
        help_text="Somebody who signs for the same group already.",
        error_messages={
            "required": "Choose somebody.",
            "invalid_choice": "Choose somebody of your own group in the list.",
        },
    )
    until = forms.DateField(
        label="Until",
        help_text="The end of that day, UTC; 90 days away at most.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Give the last day.", "invalid": "Give a day, such as 2027-01-31."},
    )

    def __init__(self, data: Any = None, *, people: Iterable[tuple[User, list[str]]]) -> None:  # noqa: ANN401 - Django's
        """Each person once for each group that both sign for."""
        super().__init__(data)
        choices = [(f"{user.pk}:{group}", f"{user}, for {group}") for user, groups in people for group in groups]
        field = self.fields["deputy"]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices
        self.has_choices = bool(choices)

    @property
    def answers(self) -> dict[str, Any]:
        """The valid answers as the flow takes them."""
        deputy_id, _, group = self.cleaned_data["deputy"].partition(":")
        ends_at = datetime.combine(self.cleaned_data["until"], time(23, 59, 59), tzinfo=UTC)
        return {"deputy_id": deputy_id, "group": group, "ends_at": ends_at}
