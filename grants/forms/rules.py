"""How much may be asked for."""

from collections.abc import Sequence
from typing import Any

from django import forms

from grants.forms.base import DaypassForm
from grants.models.request_rule import MOST


class RuleForm(DaypassForm):
    """Limits; empty is none. ``groups`` are offered where there is a template to escalate."""

    live_max = forms.IntegerField(
        label="At once",
        help_text=(
            "Asked for, being issued or in use, all counted together; an extension and what it goes on from are one. "
            "Empty: no limit."
        ),
        min_value=1,
        max_value=MOST,
        required=False,
    )
    daily_max = forms.IntegerField(
        label="In 24 hours",
        help_text="Requests, whatever becomes of them. Empty: no limit.",
        min_value=1,
        max_value=MOST,
        required=False,
    )
    escalate_to = forms.ChoiceField(
        label="Who is told when nobody has decided for a day",
        help_text="Beside the approvers, who are reminded before.",
        required=False,
    )

    def __init__(self, data: Any = None, *, groups: Sequence[str] | None, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        """For a template, its groups; for each person, no such field."""
        super().__init__(data, **kwargs)
        choice = self.fields["escalate_to"]
        if groups is None:
            del self.fields["escalate_to"]
        elif isinstance(choice, forms.ChoiceField):
            choice.choices = [("", "the template admins"), *((group, group) for group in groups)]

    @property
    def answers(self) -> dict[str, Any]:
        """The valid answers as the flow takes them."""
        return {"escalate_to": "", **self.cleaned_data}
