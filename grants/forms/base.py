"""What every form shares: plain words for a missing value, and a place for a flow's refusal."""

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS

from grants.errors import FieldError
from grants.policy.sentence import describe_seconds
from grants.values import QUARTER


class DaypassForm(forms.Form):
    """A form whose errors a flow may add to."""

    use_required_attribute = False

    def refuse(self, error: FieldError) -> None:
        """Put a flow's refusal at its field, or on top where the form has no such field."""
        self.add_error(error.field if error.field in self.fields else NON_FIELD_ERRORS, error.field_sentence)


def as_hours(seconds: int) -> str:
    """Seconds as the value of a choice: "0.25", "1", "1.5"."""
    return f"{seconds / 3600:g}"


def to_seconds(hours: str) -> int:
    """A choice's value as seconds."""
    return round(float(hours) * 3600)


def hour_choices(low: int, high: int, step: int = QUARTER) -> list[tuple[str, str]]:
    """Every step from ``low`` to ``high`` seconds, in words."""
    return [(as_hours(seconds), describe_seconds(seconds)) for seconds in range(low, high + 1, step)]
